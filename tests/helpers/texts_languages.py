"""Short stories in several languages, written for these tests, as lists of words with their marks.

Words are cut as alignments cut them: an elided word of French, Italian or Catalan has a row of its own (``l'``,
``arbre``), and so has each word of Chinese, Japanese and Thai. Marks touch their word, as `readers.words` has them.
"""

import re

_ENGLISH = """
When the ferry stopped running, Marta began to write down the tides. She had no reason to, she'd say, except that
somebody ought to. Every morning at six she walked to the end of the pier, looked at the painted post, and put a number
in a blue notebook. By March she had 1,204 numbers. The harbour master, Mr. Bell, who didn't care for numbers, laughed
at her. “What will you do with them all?” he asked. “Nothing,” said Marta. “They aren't mine.” In April a stranger came
from the university and wanted to know how high the water had stood on the night of the great storm. Nobody could tell
him. The harbour master remembered wind, and broken glass, and a boat in the middle of the street; he did not remember
water. Then a child said that Marta's book would know. They found the page, and there it was: 4.35 metres, at ten past
two, in pencil, because the ink had run. “You were out there?” asked the stranger. “Somebody had to be,” she said, and
she turned to a new page. It wasn't six yet, but it's always nearly six somewhere, and the sea does not wait for
breakfast.
"""
_FRENCH = """
Ce matin-là, le jardinier de l'école trouva une clé sous le vieil arbre. Elle n'ouvrait aucune porte qu'il connaissait.
Il l'essaya d'abord à la cave, puis au grenier, et même à l'armoire de la directrice, qui n'aimait pas qu'on touche à
ses affaires. «Qu'est-ce que vous cherchez?» demanda-t-elle. «Une serrure, madame», répondit-il. «Aujourd'hui, tout le
monde cherche des clés; moi, j'ai la clé, et c'est la serrure qui manque.» La directrice se mit à rire, puis elle
appela M. Perrin, le maître. Les enfants s'en mêlèrent. Ils firent une liste de toutes les portes du village: il y en
avait 1204, en comptant celles des poulaillers. Chaque soir, après la classe, ils partaient deux par deux, et chaque
soir ils revenaient bredouilles. L’hiver passa. Quelqu’un proposa de jeter l’objet dans la rivière, mais le jardinier
s’y opposa. Au printemps, une vieille dame qu'on ne voyait jamais descendit de la colline avec une petite boîte sous le
bras. «On m'a dit que vous aviez trouvé quelque chose», murmura-t-elle. La clé tourna sans bruit. Dans la boîte, il n'y
avait qu'une graine, et un papier jauni où l'on pouvait lire: «À planter là où quelqu'un aura su attendre.»
"""
_GERMAN = """
Am 3. Mai kam in der Apotheke von Frau Lindner ein Paket an, das niemand bestellt hatte. Es war klein, schwer und roch
nach Zimt. »Machen Sie es bloß nicht auf«, sagte der Briefträger, »man weiß ja nie.« Frau Lindner stellte es ins
Schaufenster, zwischen die Hustenbonbons und die Waage, und wartete. Nach einer Woche fragten die ersten Kunden danach,
z.B. der Lehrer, der Bäcker und ein Junge namens Emil. „Geht's da drin um Gift?“, wollte der Junge wissen. „Es geht um
Geduld“, antwortete sie. Im Juni war der Streit so groß, dass der Bürgermeister eine Versammlung einberief. Die einen
wollten das Paket öffnen, die anderen wollten es zurückschicken, und Dr. Weiß schlug vor, man könne es wenigstens
wiegen. Es wog 1,250 Kilo. Am nächsten Morgen wog es weniger, am übernächsten noch weniger. Da lief Emil mitten in der
Nacht über den Marktplatz, drückte die Nase an die Scheibe und sah, was geschah: Eine Ameisenstraße führte vom Paket
durch einen Riss im Fenster hinaus, und jede Ameise trug ein winziges Stück braunen Zucker. Er erzählte es niemandem.
Manche Rätsel, dachte er, sind nur so lange schön, wie man sie nicht löst, und außerdem mochten auch die Ameisen den
Sommer.
"""
_CHINESE = """
从前 有 一 座 小镇， 镇 上 的 大钟 总是 慢 七 分钟。 没有 人 知道 为什么。 修 钟 的 老人 每天 早上 爬上 钟楼， 把 指针
拨 回 正确 的 位置， 可是 到 了 晚上， 它 又 慢 了。 镇长 生气 地 问： “你 到底 会 不 会 修 钟？” 老人 低 着 头 说：
“我 会， 可是 它 不 听 我 的 话。” 大家 都 笑 了。 后来， 老人 的 孙女 从 New York 回来， 她 才 十二 岁， 却 带 着 一
本 很 厚 的 笔记。 她 在 钟楼 里 坐 了 3 天， 什么 也 不 做， 只是 听。 第四 天 早上， 她 走 下 楼 来， 对 镇长 说：
“钟 没有 坏。 每天 黄昏， 有 一 群 鸽子 飞 来， 停 在 长 针 上 休息。 它们 很 累， 因为 它们 从 海 的 那 边 飞 来。”
镇长 想 了 很 久。 “那么， 我们 把 鸽子 赶 走 吧？” 他 问。 孙女 摇摇 头， 指 着 广场 上 的 人们。 面包 店 的 老板
正在 慢慢 地 关门， 孩子们 在 喷泉 旁边 再 玩 一 会儿， 老人 们 坐 在 树 下 说话。 “这 七 分钟，” 她 说， “是 鸽子
送给 我们 的。” 从 那 天 起， 再 也 没有 人 去 拨 那 口 钟 了。
"""
_SPANISH = """
¿Quién dejó la ventana abierta? El Sr. Ramos miró el reloj: eran las 3,5 horas de la madrugada, según él. «No fui yo»,
dijo la niña. ¡Qué frío hacía! El gato, que nunca mentía, salió despacio de la cocina con una pluma en la boca.
"""
_ITALIAN = """
C'era un po' d'acqua nel pozzo, ma l'asino non voleva bere. «Dev'essere colpa dell'ombra», disse il sig. Rossi.
Quell'anno tutti parlavano d'altro, e nessun'altra bestia aveva sete. L’amico dell’oste rise: perché aver paura di sé?
"""
_CATALAN = """
L'avi d'en Pere guardava l'hort quan va començar a ploure. «Dona'm el paraigua, si us plau», va dir. Se'n van anar cap
a l'església i no s'ho van pensar més.
"""
_PORTUGUESE = """
O Sr. Duarte guardava as cartas numa caixa d'água vazia. «Ninguém as lê», disse-lhe a vizinha. Em 2.014 dias, porém,
chegou um rapaz que sabia todas de cor.
"""
_DUTCH = """
's Morgens fietste mevr. De Wit naar zee, want 't was er stil. „Heb je m'n hoed gezien?” vroeg ze. Niemand zei iets, ca.
tien minuten lang. Toen kwam de hoed zelf aanwaaien.
"""
_SWEDISH = """
Den 3. maj hittade Elsa en nyckel, t.ex. till ett skåp eller en låda. ”Vems är den?” frågade hon. Ingen svarade. På
kvällen låg den på trappan igen.
"""
_POLISH = """
Prof. Zając nie wierzył w duchy. „Proszę pana, one wierzą w pana”, odpowiedziała dziewczynka. Dn. 3. maja zgasło
światło, tzn. zgasły wszystkie lampy. Co było dalej?
"""
_TURKISH = """
Işık söndü ve İrfan uyandı. Saat 3. kattan duyuluyordu. "Kim var orada?" diye sordu. Dr. Ilgaz'ın kedisi sessizce
merdivenden indi. Kimse konuşmadı.
"""
_RUSSIAN = """
В старом доме на углу жил часовщик, и т. д.: так начиналась каждая история. «Который час?» спросила девочка. Он не
знал. В 1,5 километра от дома текла река, и по ней плыли его часы.
"""
_GREEK = """
Ποιος άφησε το φως ανοιχτό; Η γιαγιά κοίταξε τη θάλασσα και δεν απάντησε. «Ίσως ο άνεμος», είπε ο κ. Νίκος. Κανείς δεν
γέλασε.
"""
_ARABIC = """
كان في المدينة رجل يجمع المفاتيح، ولا يفتح بها شيئا. سألته البنت: «لماذا تجمعها؟» فابتسم وقال: كل مفتاح قصة؛ وأنا أحب
القصص. ثم أعطاها المفتاح الأخير.
"""
_HEBREW = """
בסוף הרחוב גר שען זקן. "מה השעה?" שאלה הילדה. הוא לא ידע, אבל ד"ר לוי צחק. אחר כך ירד גשם.
"""
_HINDI = """
गाँव के अंत में एक पुराना पेड़ था। उसके नीचे डॉ. वर्मा बैठते थे। बच्चों ने पूछा, “आप किसकी राह देखते हैं?” वे मुस्कुराए।
"""
_KOREAN = """
옛날에 시계를 고치는 노인이 살았다. "지금 몇 시예요?" 하고 아이가 물었다. 노인은 대답하지 않았다. 강물만 천천히
흘러갔다.
"""
_JAPANESE = """
昔、 小さな 町 に 古い 時計 が あり ました。 「今 は 何 時 です か？」 と 女の子 が 聞き ました。 老人 は 答え ません
でした。 その 夜、 New York から 3 通 の 手紙 が 届き、 鳩 が 針 に 止まり ました。
"""
_THAI = """
นานมาแล้ว มี ชาย ชรา คนหนึ่ง อาศัย อยู่ ริม แม่น้ำ เขา ซ่อม นาฬิกา ทุก วัน แต่ ไม่ เคย รู้ เวลา
"""
ELIDED = re.compile(r"(?<=\w['’])(?=\w)")
ELIDED_CATALAN = re.compile(r"(?<=\b[ldsnmt]['’])(?=\w)", re.IGNORECASE)  # but Dona'm is one word
LEXICAL = re.compile(r"^\W*(?:aujourd|quelqu)['’]", re.IGNORECASE)  # one word, with an apostrophe inside
STORIES = {
    "en": _ENGLISH,
    "fr": _FRENCH,
    "de": _GERMAN,
    "zh": _CHINESE,
    "es": _SPANISH,
    "it": _ITALIAN,
    "ca": _CATALAN,
    "pt": _PORTUGUESE,
    "nl": _DUTCH,
    "sv": _SWEDISH,
    "pl": _POLISH,
    "tr": _TURKISH,
    "ru": _RUSSIAN,
    "el": _GREEK,
    "ar": _ARABIC,
    "he": _HEBREW,
    "hi": _HINDI,
    "ko": _KOREAN,
    "ja": _JAPANESE,
    "th": _THAI,
}


def english() -> list[str]:
    """Two hundred words of English."""
    return story("en")


def french() -> list[str]:
    """Two hundred words of French; elided words apart, apostrophes straight and curly."""
    return story("fr")


def german() -> list[str]:
    """Two hundred words of German: nouns with capitals, an ordinal, quotes of both kinds."""
    return story("de")


def chinese() -> list[str]:
    """Two hundred words of Chinese, with a name in Latin letters and a number."""
    return story("zh")


def story(language: str) -> list[str]:
    """The words of the story in a language of `STORIES`."""
    words = STORIES[language].split()
    if language not in ("fr", "it", "ca"):
        return words
    elided = ELIDED_CATALAN if language == "ca" else ELIDED
    return [part for word in words for part in ([word] if LEXICAL.match(word) else elided.split(word))]
