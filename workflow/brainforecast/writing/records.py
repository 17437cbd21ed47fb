"""What is known of how languages are written, one record each; `languages.Language` has the meaning of the fields.

A language that is missing needs a record here, and cases in tests/writing/test_orthography_languages.py.
"""

from collections.abc import Mapping
from typing import Any

FULL_WIDTH_ENDS = "。！？｡．"
# of Latin, CJK, Arabic and Urdu, Devanagari, Armenian, Ethiopic, Khmer, Burmese and Tibetan script
SENTENCE_ENDS = ".!?…‽‼⁇⁈⁉" + FULL_WIDTH_ENDS + "؟۔।॥։።፧፨។៕။།༎"
SPACES = " \u00a0\u202f"  # between groups of three digits


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(tuple(pair.split("+")) for pair in text.split())


CJK: Mapping[str, Any] = {"spaced": False, "quotes": ("“”", "‘’", "「」", "『』", "《》", "〈〉")}
SCANDINAVIAN: Mapping[str, Any] = {
    "ordinal_digits": 2,
    "before_numbers": _set("nr s kap bd fig kl ca jan feb mar apr jun jul aug sep sept okt nov dec des"),
    "sometimes_last": _set("osv mm m.m m.v mv o.l etc"),
    "decimal": ",",
    "thousands": SPACES + ".",
    "variants": (("å", "aa"), ("ø", "oe"), ("æ", "ae"), ("ä", "ae"), ("ö", "oe")),
}
SERBO_CROATIAN: Mapping[str, Any] = {
    "abbreviations": _set("dr mr prof sv g gđa gđica ul br npr tj tzv itsl odn inž"),
    "before_numbers": _set("br str čl sl"),
    "sometimes_last": _set("itd sl god"),
    "ordinal_digits": 4,
    "quotes": ("„”", "„“", "»«", "‚’"),
    "decimal": ",",
    "thousands": ".",
}

RECORDS: dict[str, dict[str, Any]] = {
    "en": {
        "name": "English",
        "clitics": _set("n't 's 'm 're 've 'll 'd"),
        "pairs": _pairs("gon+na wan+na got+ta gim+me lem+me o'+clock y'+all ma'+am"),
        "abbreviations": _set(
            "mr mrs ms mx dr prof st mt rev gen col sgt capt lt maj gov sen messrs mme mlle mgr sr jr vs cf ca approx "
            "esq fr dept univ"
        ),
        "before_numbers": _set(
            "no nos nr fig figs p pp s vol ch chap sec eq art jan feb mar apr jun jul aug sep sept oct nov dec"
        ),
        "sometimes_last": _set("etc a.m p.m inc ltd co corp bros"),
        "quotes": ("“”", "‘’"),
        "always_capital": ("I",),
    },
    "fr": {
        "name": "French",
        "elided": _set(
            "l' d' j' m' t' s' n' c' ç' qu' jusqu' lorsqu' puisqu' quoiqu' presqu' parc' quelqu' entr' aujourd' contr' "
            "grand' prud' p' v' z'"
        ),
        "clitics": _set(
            "-il -elle -on -ils -elles -je -tu -nous -vous -ce -t -le -la -les -lui -leur -moi -toi -m' -t' -l' -y -en "
            "-même -mêmes -là -ci -z"
        ),
        "abbreviations": _set(
            "m mm mme mmes mlle mlles mgr dr pr me st ste sts av bd bld boul cf p.ex env fg vs apr éd hab ing"
        ),
        "before_numbers": _set("n no nos p pp art chap fig vol tél janv févr avr juil sept oct nov déc env t éd al"),
        "sometimes_last": _set("etc j.-c av.j.-c cie"),
        "quotes": ("«»", "“”", "‹›", "‘’"),
        "decimal": ",",
        "thousands": SPACES + ".",
        "variants": (("œ", "oe"), ("æ", "ae")),
    },
    "de": {
        "name": "German",
        "clitics": _set("'s"),
        "abbreviations": _set(
            "hr hrn fr frl dr prof dipl ing st bzw ca vgl evtl ggf inkl sog zzgl geb gest mind ehem engl frz "
            "z d u o s i d.h z.b u.a o.ä s.o s.u i.d.r p.ex allg etw jmd str jun sen"
        ),
        "before_numbers": _set("nr s bd kap abb art abs tel jan feb febr mär apr jun jul aug sep sept okt nov dez st"),
        "sometimes_last": _set("usw etc usf u.a.m o.ä mio mrd chr n.chr v.chr jh jhd jhs"),
        "ordinal_digits": 2,
        "ordinal_before": _set(
            "am im der die das den dem des zum zur vom beim ins ans jeder jede jedes jeden jedem ein eine einen einem "
            "eines einer dieser diese dieses diesen diesem mein meine meinen meinem sein seine seinen seinem ihr ihre "
            "ihren ihrem unser unsere unseren unserem bis ab seit"
        ),
        "ordinal_after": _set(
            "januar jänner februar feber märz april mai juni juli august september oktober november dezember "
            "jahrhundert jahrhunderts jahrhunderte stock etage klasse mal kapitel weltkrieg tag woche"
        ),
        "quotes": ("„“", "‚‘", "»«", "›‹", "“”"),
        "decimal": ",",
        "thousands": "." + SPACES + "'’",
        "noun_capitals": True,
        "variants": (("ß", "ss"), ("ä", "ae"), ("ö", "oe"), ("ü", "ue")),
    },
    "es": {
        "name": "Spanish",
        "abbreviations": _set(
            "sr sra sres sras srta dr dra drs prof profa d dª dña da ud uds vd vds av avda avd st sta sto gral cap "
            "ing lic arq p.ej ej aprox admón dpto"
        ),
        "before_numbers": _set("n núm num nº pág págs p pp art cap fig vol tel ca ene feb abr jun jul ago sept"),
        "sometimes_last": _set("etc cía a.m p.m c a.c d.c ee.uu s.a"),
        "quotes": ("«»", "“”", "‘’"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "it": {
        "name": "Italian",
        "elided": _set("l' un' d' c' m' t' s' v' n' dell' all' dall' nell' sull' coll' gl' degl' agl' ch' quell'"),
        "elides_vowels": True,
        "abbreviations": _set(
            "sig sigg sigra sigg.ra sig.ra sig.na dott dott.ssa prof prof.ssa ing avv arch geom rag on mons cav comm "
            "s ss st p.es es cfr ca gen col cap fr"
        ),
        "before_numbers": _set("n nn nr p pp pag pagg art cap fig vol tel gen feb apr giu lug ott nov dic"),
        "sometimes_last": _set("ecc etc a.c d.c s.p.a s.r.l"),
        "quotes": ("«»", "“”", "‘’"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "pt": {
        "name": "Portuguese",
        "elided": _set("d' n' m' t' lh' pel' s'"),
        "clitics": _set(
            "-me -te -se -o -a -os -as -lo -la -los -las -no -na -nos -nas -lhe -lhes -vos -mo -ma -to -ta -lho -lha"
        ),
        "abbreviations": _set("sr sra srs sras srta dr dra drs prof profa d av r eng arq gen cel cap st sto sta ex"),
        "before_numbers": _set("n nº núm num pág págs p pp art cap fig vol tel jan fev abr jun jul ago set out nov"),
        "sometimes_last": _set("etc cia ltda a.c d.c s.a"),
        "quotes": ("“”", "«»", "‘’"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "ca": {
        "name": "Catalan",
        "elided": _set("l' d' s' n' m' t'"),
        "clitics": _set("'* -me -te -se -nos -vos -lo -la -los -les -ne -hi -ho -li -en -m' -t' -l' -n' -s'"),
        "abbreviations": _set("sr sra srs dr dra drs prof st sta av avda pl c p.ex ex vs"),
        "before_numbers": _set("núm num n pàg pàgs p pp art fig vol tel"),
        "sometimes_last": _set("etc cia a.c d.c"),
        "quotes": ("«»", "“”", "‘’"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "ro": {
        "name": "Romanian",
        "elided": _set("într- dintr- printr- s- n- m- v- l- i- mi- ți- și- ne- le- d- c- te- ce- nu- să- că- de- pe-"),
        "clitics": _set("-a -ai -am -au -ar -aș -o -i -l -le -mi -ți -și -ne -vă -se -te -un -ul"),
        "abbreviations": _set("dl dna d-l d-na dr prof ing sf str nr.crt ex"),
        "before_numbers": _set("nr pag p art cap fig vol"),
        "sometimes_last": _set("etc ș.a î.hr d.hr"),
        "quotes": ("„”", "«»"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "nl": {
        "name": "Dutch",
        "abbreviations": _set(
            "dhr mevr mw mr mrs dr drs prof ir ing st ca bijv bv d.w.z evt incl excl m.b.t o.a t.a.v vgl zgn resp jl "
            "ds jhr mgr"
        ),
        "before_numbers": _set("nr nrs blz p pag art hfst fig jan feb mrt apr jun jul aug sep sept okt nov dec"),
        "sometimes_last": _set("enz etc e.d m.n v.chr n.chr a.u.b s.v.p jr sr"),
        "quotes": ("„”", "“”", "‘’", "«»"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "sv": {
        "name": "Swedish",
        "abbreviations": _set("dr prof hr fr s:t t.ex bl.a d.v.s dvs ca jfr kap st tf resp inkl exkl f.d p.g.a"),
        **SCANDINAVIAN,
        "quotes": ("””", "’’", "»»"),
    },
    "da": {
        "name": "Danish",
        "abbreviations": _set("hr fr frk dr prof skt sct bl.a f.eks feks dvs ca jf pga mht inkl ekskl st evt vha"),
        **SCANDINAVIAN,
        "quotes": ("»«", "„“", "“”", "””"),
    },
    "nb": {
        "name": "Norwegian",
        "abbreviations": _set("hr fr frk dr prof st bl.a f.eks feks dvs ca jf jfr pga mht inkl ekskl evt vha"),
        **SCANDINAVIAN,
        "quotes": ("«»", "‘’", "“”", "„“"),
    },
    "fi": {
        "name": "Finnish",
        "abbreviations": _set("esim ks vrt n hra rva nti tri prof dr ts ym.s mm so nk ent eaa jaa toht maist"),
        "before_numbers": _set("n nro s kl ks"),
        "sometimes_last": _set("jne yms ym ekr jkr"),
        "ordinal_digits": 2,
        "quotes": ("””", "»»", "’’"),
        "decimal": ",",
        "thousands": SPACES + ".",
    },
    "pl": {
        "name": "Polish",
        "abbreviations": _set(
            "prof doc hab inż mgr św ks bp abp o gen płk kpt ppłk ul al pl pt np tzn tzw tj ok wg zob por dn "
            "jw m.in ang niem fr łac dyr red z.o.o ww pw"
        ),
        "before_numbers": _set("nr ul al s str t tel poz art godz ust pkt r w ok"),
        "sometimes_last": _set("itd itp r w n.e p.n.e m.in al"),
        "ordinal_digits": 2,
        "quotes": ("„”", "»«", "«»", "‚’"),
        "decimal": ",",
        "thousands": SPACES + ".",
    },
    "cs": {
        "name": "Czech",
        "abbreviations": _set(
            "p pí sl dr prof doc ing mgr bc judr mudr phdr sv tj tzv tzn např resp popř ul nám mj cca"
        ),
        "before_numbers": _set("č čís s str obr kap odst tab tel"),
        "sometimes_last": _set("atd apod aj n.l př.n.l hod"),
        "ordinal_digits": 2,
        "quotes": ("„“", "‚‘", "»«"),
        "decimal": ",",
        "thousands": SPACES + ".",
    },
    "sk": {
        "name": "Slovak",
        "abbreviations": _set("p sl dr prof doc ing mgr bc judr mudr phdr sv tj tzv tzn napr resp popr ul nám cca"),
        "before_numbers": _set("č čís s str obr kap ods tab tel"),
        "sometimes_last": _set("atď apod a.i n.l pr.n.l hod"),
        "ordinal_digits": 2,
        "quotes": ("„“", "‚‘", "»«"),
        "decimal": ",",
        "thousands": SPACES + ".",
    },
    "hr": {"name": "Croatian", **SERBO_CROATIAN},
    "sr": {
        "name": "Serbian",
        **SERBO_CROATIAN,
        "abbreviations": SERBO_CROATIAN["abbreviations"] | _set("др мр проф св г гђа ул бр нпр тј тзв инж"),
        "sometimes_last": _set("itd sl god итд сл год"),
    },
    "hu": {
        "name": "Hungarian",
        "abbreviations": _set("dr prof id ifj özv szt st ún pl vö ill kb u vm vki"),
        "before_numbers": _set("kb old o sz"),
        "sometimes_last": _set("stb i.e i.sz kr.e kr.u"),
        "ordinal_digits": 4,
        "quotes": ("„”", "»«", "’’"),
        "decimal": ",",
        "thousands": SPACES + ".",
    },
    "tr": {
        "name": "Turkish",
        "clitics": _set("'*"),
        "abbreviations": _set("dr prof doç yrd hz bkz cad mah apt st ör alb gen bşk müh öğr alm ing fr çev"),
        "before_numbers": _set("no nu s cilt bl"),
        "sometimes_last": _set("vb vs vd m.ö m.s a.ş ltd şti"),
        "ordinal_digits": 2,
        "quotes": ("“”", "‘’", "«»"),
        "decimal": ",",
        "thousands": "." + SPACES,
        "dotless": True,
    },
    "ru": {
        "name": "Russian",
        "clitics": _set("-то -либо -нибудь -ка -таки"),
        "abbreviations": _set("т др пр ул проф акад см ср напр тов гр г-н г-жа св о обл д стр е к н"),
        "before_numbers": _set("№ стр с гл рис табл т тел вып ст п ок"),
        "sometimes_last": _set("т.д т.п др пр г гг в вв д п руб коп н.э э тыс млн млрд"),
        "quotes": ("«»", "„“", "“”"),
        "decimal": ",",
        "thousands": SPACES + ".",
        "variants": (("ё", "е"),),
    },
    "uk": {
        "name": "Ukrainian",
        "abbreviations": _set("т ім вул проф акад див пор напр тов гр св о обл ст"),
        "before_numbers": _set("№ стор с гл рис табл т тел вип ст п"),
        "sometimes_last": _set("т.д т.п ін р рр ст д п грн коп н.е е тис млн млрд"),
        "quotes": ("«»", "„“", "“”"),
        "decimal": ",",
        "thousands": SPACES + ".",
    },
    "el": {
        "name": "Greek",
        "sentence_ends": SENTENCE_ENDS + ";;",
        "abbreviations": _set("κ κα κος κ.κ δρ καθ αγ βλ πρβλ δηλ π.χ λ.χ μ.μ.ε οδ"),
        "before_numbers": _set("αρ σ σελ κεφ τ τηλ εικ"),
        "sometimes_last": _set("κ.λπ κλπ κ.ά κ.τ.λ κτλ π.μ μ.μ π.χ μ.χ"),
        "quotes": ("«»", "“”", "‘’"),
        "decimal": ",",
        "thousands": "." + SPACES,
    },
    "ar": {
        "name": "Arabic",
        "abbreviations": _set("د أ م ص"),
        "before_numbers": _set("ص ج"),
        "quotes": ("«»", "“”", "”“", "‘’"),
        "decimal": ".٫",
        "thousands": ",٬",
    },
    "fa": {"name": "Persian", "quotes": ("«»", "“”"), "decimal": "./٫", "thousands": ",٬"},
    "ur": {"name": "Urdu", "abbreviations": _set("ڈاکٹر"), "quotes": ("“”", "‘’"), "decimal": ".٫", "thousands": ",٬"},
    "he": {"name": "Hebrew", "abbreviations": _set("גב פרופ ד"), "quotes": ("“”", "„”", "‘’")},
    "hi": {
        "name": "Hindi",
        "abbreviations": _set("डॉ डा प्रो श्री पं कु मि स्व"),
        "before_numbers": _set("क्र सं पृ"),
        "quotes": ("“”", "‘’"),
    },
    "bn": {"name": "Bengali", "abbreviations": _set("ডা ড অধ্যাপক মো মোঃ"), "quotes": ("“”", "‘’")},
    "ko": {"name": "Korean", "quotes": ("“”", "‘’", "「」", "『』", "《》", "〈〉")},
    "zh": {"name": "Chinese", **CJK},
    "yue": {"name": "Cantonese", **CJK},
    "ja": {"name": "Japanese", **CJK, "quotes": ("「」", "『』", "“”", "〝〟", "《》", "〈〉")},
    "th": {"name": "Thai", "spaced": False, "spaced_foreign": True, "sentence_ends": ""},
    "lo": {"name": "Lao", "spaced": False, "spaced_foreign": True, "sentence_ends": ""},
    "km": {"name": "Khmer", "spaced": False, "spaced_foreign": True, "quotes": ("«»", "“”")},
    "my": {"name": "Burmese", "spaced": False, "spaced_foreign": True},
    "bo": {"name": "Tibetan", "spaced": False},
    "hy": {
        "name": "Armenian",
        "sentence_ends": SENTENCE_ENDS + ":",
        "quotes": ("«»", "“”"),
        "decimal": ",",
        "thousands": SPACES,
    },
    "am": {"name": "Amharic", "quotes": ("«»", "“”", "‹›")},
    "id": {
        "name": "Indonesian",
        "abbreviations": _set("dr prof hj h ir drs bpk sdr jl dsb"),
        "before_numbers": _set("no"),
        "decimal": ",",
        "thousands": ".",
    },
    "vi": {
        "name": "Vietnamese",
        "abbreviations": _set("ts ths gs pgs bs tp"),
        "before_numbers": _set("tr số"),
        "decimal": ",",
        "thousands": ".",
    },
}
# codes of ISO 639-2 and -3, old codes, and varieties that are written as another language
ALIASES = {
    alias: code
    for code, aliases in {
        "en": "eng", "fr": "fra fre", "de": "deu ger gsw", "es": "spa", "it": "ita", "pt": "por", "ca": "cat",
        "ro": "ron rum mo", "nl": "nld dut", "sv": "swe", "da": "dan", "nb": "nob nor no nn nno", "fi": "fin",
        "pl": "pol", "cs": "ces cze", "sk": "slk slo", "hr": "hrv bos bs sh hbs", "sr": "srp", "hu": "hun",
        "tr": "tur", "ru": "rus", "uk": "ukr", "el": "ell gre", "ar": "ara arb arz apc ary ajp acm afb", "he": "heb iw",
        "fa": "fas per pes prs", "ur": "urd", "hi": "hin", "bn": "ben", "ko": "kor", 
        "zh": "zho chi cmn wuu hak nan gan",
        "ja": "jpn", "th": "tha", "lo": "lao", "km": "khm", "my": "mya bur", "bo": "bod tib", "hy": "hye arm",
        "am": "amh", "id": "ind in", "vi": "vie", "yi": "ji", "jv": "jw",
    }.items()
    for alias in aliases.split()
}  # fmt: skip
# codes of countries that are no languages, and of none
MISTAKES = {
    "cn": "zh", "gr": "el", "jp": "ja", "cz": "cs", "dk": "da", "sp": "es", "ua": "uk", "us": "en", "gb": "en",
    "vn": "vi", "at": "de", "mx": "es", "jap": "ja", "esp": "es",
}  # fmt: skip
# other names than the English ones
NAMES = {
    "francais": "fr", "français": "fr", "deutsch": "de", "espanol": "es", "español": "es", "castilian": "es",
    "italiano": "it", "português": "pt", "brazilian": "pt", "català": "ca", "nederlands": "nl", "flemish": "nl",
    "mandarin": "zh", "中文": "zh", "汉语": "zh", "日本語": "ja", "한국어": "ko", "русский": "ru", "türkçe": "tr",
    "farsi": "fa", "svenska": "sv", "dansk": "da", "norsk": "nb", "bokmål": "nb", "suomi": "fi", "polski": "pl",
    "čeština": "cs", "ελληνικά": "el", "עברית": "he", "العربية": "ar", "हिन्दी": "hi", "українська": "uk", "ไทย": "th",
}  # fmt: skip
ISO_639_1 = _set(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss "
    "st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
