"""What tests of syntax need in other languages than English: a French text, and a German pipeline made of rules.

The German pipeline takes the place of a trained one, which no package ships: words have the part of speech, the
features and the head that its few rules give them.
"""

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

FRENCH_CORPUS = """
Le soir de la fête, un vieux marin raconta une histoire à son petit-fils. L'enfant n'écoutait pas, car il regardait
l'océan. « Qu'est-ce que tu vois ? » demanda le grand-père. « Je vois une île », répondit-il. L'île était loin, et
l'eau était noire. On n'entendait que le vent, qu'aucun arbre n'arrêtait. Aujourd'hui, personne n'ose plus aller à
l'île, mais autrefois les pêcheurs y passaient l'hiver.

Le marin ouvrit la porte, puis il ferma la fenêtre et posa la lampe sur la table. Elle n'était pas lourde. Il chercha
l'allumette dans l'armoire, dans le tiroir et même sous le lit, et il trouva enfin une petite boîte. L'allumette
brûla d'un coup. La lumière monta jusqu'au plafond, et l'ombre du vieil homme trembla contre le mur de la cuisine.

« Mon père avait un bateau, dit-il, et il l'aimait comme on aime un ami. Un matin, il l'emmena à l'autre bout de la
baie, où l'on disait qu'une dame très âgée vivait dans une maison sans toit. Elle avait perdu l'anneau de sa mère. Elle
l'avait cherché d'abord dans le jardin, ensuite dans le puits, et chaque jour elle revenait les mains vides. »

Ce jour-là, la mer était calme. Le pêcheur jeta son filet une fois, deux fois, trois fois, et il ne prit qu'un poisson
maigre. Il voulut le rendre à l'eau, mais il vit qu'il avait avalé quelque chose. C'était l'anneau ! Il l'apporta à la
dame, qui le remercia et lui donna une vieille clé. « Elle n'ouvre aucune porte que je connaisse, murmura-t-elle, mais
gardez-la : un jour, quelqu'un viendra, et il saura l'utiliser. »

L'enfant se leva. Il avait une question, puis une autre, et il n'osait en poser aucune. Le marin sourit, prit la clé
qu'il portait autour du cou et la donna au garçon. Dehors, un oiseau cria. Les étoiles brillaient au-dessus du village,
le chien dormait devant la porte, et la directrice de l'école, M. Perrin et les élèves rentraient de la colline avec
des lanternes. Un homme appela sa fille ; une femme chantait d'une voix douce. Le garçon mit la clé dans sa poche, il
regarda l'île une dernière fois et il pensa : « J'irai quand l'hiver finira. » Le vent tomba. On éteignit la lampe.
"""

# word -> part of speech and features; any other word is a noun with a capital, else a verb
GERMAN = {
    "der": ("DET", "Gender=Masc"), "die": ("DET", "Gender=Fem"), "das": ("DET", "Gender=Neut"),
    "ein": ("DET", ""), "eine": ("DET", "Gender=Fem"), "den": ("DET", "Gender=Masc"),
    "im": ("ADP", ""), "zum": ("ADP", ""), "in": ("ADP", ""), "und": ("CCONJ", ""),
    "alte": ("ADJ", ""), "kleine": ("ADJ", ""), "neue": ("ADJ", ""), "schnell": ("ADV", ""), "dann": ("ADV", ""),
    "Emil": ("PROPN", ""), "Anna": ("PROPN", ""), "Berlin": ("PROPN", ""), "Rom": ("PROPN", ""),
}  # fmt: skip
GERMAN_CORPUS = """Der Hund sieht den Garten. Die alte Frau kauft eine Lampe, und Anna läuft zum Bahnhof. Schnell findet
Emil das Haus. Dann öffnet die kleine Katze im Zimmer das Fenster. Läuft der neue Lehrer in Rom?"""
GERMAN_STORY = "Die Nachbarin verkauft den Tisch. Dann singt Emil im Garten. Kommt das kleine Kind zum Baum?"
GERMAN_SENTENCES = [0] * 5 + [1] * 5 + [2] * 6


def german_pipeline(folder: Path) -> str:
    """Save a German pipeline of rules, without a tagger, and return its folder."""
    nlp = spacy.blank("de")
    nlp.add_pipe("german_rules")
    nlp.to_disk(folder)
    return str(folder)


@Language.component("german_rules", assigns=["token.pos", "token.morph", "token.dep", "token.head"])
def german_rules(doc: Doc) -> Doc:
    """Parts of speech of `GERMAN`; each sentence's first verb is its root, a word before a noun depends on it."""
    for token in doc:
        pos, features = GERMAN.get(token.text, GERMAN.get(token.text.lower(), ("", "")))
        token.pos_ = pos or ("PUNCT" if token.is_punct else "VERB" if token.text.endswith("t") else "NOUN")
        token.set_morph(features)
    sentences, start = [], 0
    for token in doc:
        if token.text in ".?!" or token.i == len(doc) - 1:
            sentences.append(doc[start : token.i + 1])
            start = token.i + 1
    heads, deps = [0] * len(doc), [""] * len(doc)
    for sentence in sentences:
        root = next((token.i for token in sentence if token.pos_ == "VERB"), sentence.start)
        for token in sentence:
            noun = next((other.i for other in sentence[token.i - sentence.start + 1 :] if other.pos_ == "NOUN"), root)
            heads[token.i] = noun if token.pos_ in ("DET", "ADJ", "ADP") else root
            deps[token.i] = "ROOT" if token.i == root else token.pos_.lower()
    parsed = Doc(
        doc.vocab,
        words=[token.text for token in doc],
        spaces=[bool(token.whitespace_) for token in doc],
        pos=[token.pos_ for token in doc],
        morphs=[str(token.morph) for token in doc],
        heads=heads,
        deps=deps,
    )
    parsed.user_data.update(doc.user_data)
    return parsed
