"""Praat's spelling of letters outside ASCII: a backslash and two characters, such as ``\\i"`` for ï and ``\\ss`` for ß.

The sequences are those of "Special symbols" and "Phonetic symbols" in Praat's manual that stand for text.
"""

import re

# two characters after the backslash, then what they stand for
LATIN = """
a`à a'á a^â a~ã a"ä aoå a;ą aeæ c'ć c<č c,ç d<ď d-đ e`è e'é e^ê e"ë e<ě e;ę g<ǧ i`ì i'í i^î i"ï l/ł n'ń n~ñ n<ň
o`ò o'ó o^ô o~õ o"ö o:ő o/ø oeœ r<ř s'ś s<š ssß t<ť thþ dhð u`ù u'ú u^û u"ü u:ű uoů y'ý y"ÿ z'ź z<ž z!ż A`À A'Á
A^Â A~Ã A"Ä AoÅ A;Ą AeÆ C'Ć C<Č C,Ç D<Ď D-Đ E`È E'É E^Ê E"Ë E<Ě E;Ę G<Ǧ I`Ì I'Í I^Î I"Ï L/Ł N'Ń N~Ñ N<Ň O`Ò O'Ó
O^Ô O~Õ O"Ö O:Ő O/Ø R<Ř S'Ś S<Š T<Ť ThÞ U`Ù U'Ú U^Û U"Ü U:Ű UoŮ Y'Ý Y"Ÿ Z'Ź Z<Ž Z!Ż FIﬁ FLﬂ a_ª o_º
"""
GREEK = """
alα beβ gaγ deδ epε zeζ etη teθ t2ϑ ioι kaκ laλ muμ nuν xiξ onο piπ roρ siσ s2ς taτ upυ fiφ f2ϕ ciχ psψ omω AlΑ
BeΒ GaΓ DeΔ EpΕ ZeΖ EtΗ TeΘ IoΙ KaΚ LaΛ MuΜ NuΝ XiΞ OnΟ PiΠ RoΡ SiΣ TaΤ UpΥ FiΦ CiΧ PsΨ OmΩ
"""
HEBREW = """
?+א B+ב G+ג D+ד H+ה V+ו Z+ז X+ח Y+ט J+י K%ך K+כ L+ל M%ם M+מ N%ן N+נ S+ס 9+ע P%ף P+פ C%ץ C+צ Q+ק R+ר W+ש T+ת
"""
PHONETIC = """
h-ħ atɐ asɑ ayɒ abɒ b^ɓ bcʙ ctɔ ccɕ d.ɖ d^ɗ e-ɘ swə srɚ efɛ erɜ kbɞ j-ɟ g^ɠ gsɡ gcɢ gfɣ rhɤ G^ʛ htɥ h^ɦ hjɧ hcʜ
i-ɨ icɪ jcʝ l~ɫ l-ɬ l.ɭ lzɮ lcʟ mtɯ mlɰ mjɱ ngŋ njɲ n.ɳ ncɴ o-ɵ Oeɶ |1ǀ |2ǁ |-ǂ ffɸ rtɹ rlɺ r.ɻ f.ɽ fhɾ rcʀ riʁ
s.ʂ shʃ j^ʄ t.ʈ u-ʉ hsʊ vsʋ vtʌ wtʍ ytʎ ycʏ z.ʐ zcʑ zhʒ ?gʔ 9eʕ O.ʘ ?-ʡ 9-ʢ bfβ tfθ cfχ :fː .fˑ '1ˈ '2ˌ hr˞ tsʦ
tSʧ
"""
MARKS = """
!d¡ ?d¿ "l“ "r” <<« >>» -h\u00ad --– .c· ..⋯ dg° c/¢ Lp£ eu€ Y=¥ SS§ apʼ bs\\
"""
COMBINING = """
`^\u0300 '^\u0301 ^^\u0302 ~^\u0303 -^\u0304 :^\u0308 0^\u030a v^\u030c N^\u0306 li\u0361 |v\u0329 0v\u0325
"""
LETTERS = {
    entry[:2]: entry[2:] for part in (LATIN, GREEK, HEBREW, PHONETIC, MARKS, COMBINING) for entry in part.split()
}
STROKES = dict(zip("oOlLdD", "øØłŁđĐ", strict=True))  # o\/' of some exporters, beside Praat's \o/
SEQUENCE = re.compile(r"\\(..)", re.DOTALL)
STROKE = re.compile(r"([oOlLdD])\\/'")


def praat_to_unicode(label: str) -> str:
    """Replace each sequence that stands for a character; other backslashes stay."""
    if "\\" not in label:
        return label
    label = STROKE.sub(lambda match: STROKES[match[1]], label)
    return SEQUENCE.sub(lambda match: LETTERS.get(match[1], match[0]), label)
