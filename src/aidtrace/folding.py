"""Names folded for comparison, so that one name has one spelling whatever alphabet and keyboard wrote it.

A fold follows the sound: ``Şəki``, ``Шеки`` and ``Sheki`` are one, and so are ``Iğdır`` and ``IGDIR``. Where one
letter is commonly written in several ways (ə as e or a, ş as sh or s, ç as ch or c), `readings` gives them all.
What says the form of a state stays: the Republic of China is not China. A fold is for comparing, never for showing.
Source: the Azerbaijani, Turkish, Armenian and Russian alphabets; AnyAscii for the letters of all others.
"""

import re
from difflib import SequenceMatcher
from unicodedata import category, combining, normalize

from anyascii import anyascii

_APOSTROPHES = "'`´ʹʻʼ‘’′"
_BY_SOUND = {"ş": "sh", "ș": "sh", "ç": "ch", "եւ": "ev", "ու": "u"}
_BARE = {"ş": "s", "ș": "s", "ç": "c"}
_UNMARKED = str.maketrans("ıəøđł", "ieodl")
_LETTERS = re.compile("|".join(_BY_SOUND))
_INITIALS = re.compile(r"\b(\w)\.(?=\w\b)")
_ARTICLE = "the"
_SPELLINGS = (
    (re.compile("q"), "g"),
    (re.compile("x"), "h"),
    (re.compile("k+h"), "h"),
    (re.compile("y"), "i"),
    (re.compile("ii+"), "i"),
    (re.compile("d+(?:zh|j)"), "j"),
    (re.compile("gh+"), "g"),
)
"""Romanisations that hardly differ in sound: kh, x and h; -yev and -ev; gh and g."""

_NEAR = 0.8
_HUSHED = re.compile("(?<=[csptz])h")
_CLASSES = str.maketrans("cjszgkhdtbpfvwaeiou", "SSSSKKKTTPPFFFAAAAA")
_REPEATED = re.compile(r"(.)\1+")


def fold(text: str) -> str:
    """Return *text* in small Latin letters and digits, spelled by its sound, words parted by one space.

    >>> fold("Iğdır Üniversitesi"), fold("The  WEST"), fold("Հայաստան"), fold("Muş")
    ('igdir universitesi', 'west', 'haiastan', 'mush')
    """
    return _folded(text, _BY_SOUND, "e")


def readings(text: str) -> frozenset[str]:
    """Return every fold of *text* that its letters allow; none where nothing is left.

    >>> sorted(readings("Əli"))
    ['ali', 'eli']
    """
    small = _small(text)
    schwas = ("e", "a") if "ə" in small else ("e",)
    tables = (_BY_SOUND, _BY_SOUND | _BARE) if any(letter in small for letter in _BARE) else (_BY_SOUND,)
    return frozenset(_folded(small, table, schwa) for schwa in schwas for table in tables) - {""}


def alphabetical(text: str) -> tuple[str, str]:
    """Return what names are sorted by: letters with marks beside those without, capitals beside small ones.

    An alphabet other than the Latin follows it, in its own order.

    >>> sorted(["Zagatala", "Çanakkale", "Şuşa", "Iğdır", "İzmir", "arkona"], key=alphabetical)
    ['arkona', 'Çanakkale', 'Iğdır', 'İzmir', 'Şuşa', 'Zagatala']
    """
    letters = normalize("NFKD", _small(text)).translate(_UNMARKED)
    return "".join(one for one in letters if not combining(one)), text


def without_form(folded: str) -> str:
    """Return a folded name without the words for a republic, or as it is where it says nothing else.

    >>> without_form(fold("Republic of Norland"))
    'norland'
    """
    return " ".join(word for word in folded.split() if word not in _FORM) or folded


def sounds(folded: str) -> tuple[str, ...]:
    """Return what a folded name sounds like, word by word: names that differ only in spelling have the same sounds.

    Vowels count at the beginning of a word only. A word of fewer than three sounds stands for itself.

    >>> sounds("guseinov") == sounds("huseinov"), sounds("norland") == sounds("sudland")
    (True, False)
    """
    return tuple(map(_sound, folded.split()))


def alike(one: str, other: str) -> bool:
    """Whether two folded names that sound the same are nearly spelled the same, word by word: Niger is not Nigeria.

    >>> alike("aliev", "eliev"), alike("niger", "nigeria")
    (True, False)
    """
    pairs = list(zip(one.split(), other.split(), strict=False))
    same = len(one.split()) == len(other.split()) and all(abs(len(a) - len(b)) <= 1 for a, b in pairs)
    return same and ratio(one, other) >= _NEAR


def ratio(one: str, other: str) -> float:
    """Return how much of two folded names is the same, from 0 to 1."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _sound(word: str) -> str:
    classes = _HUSHED.sub("", word).translate(_CLASSES)
    sound = _REPEATED.sub(r"\1", classes[:1] + classes[1:].replace("A", ""))
    return sound if len(sound.removeprefix("A")) >= 3 else word


def _small(text: str) -> str:
    return normalize("NFKC", normalize("NFKC", text).lower()).replace("ә", "ə")


def _folded(text: str, table: dict[str, str], schwa: str) -> str:
    small = _INITIALS.sub(r"\1", _small(text).replace("ə", schwa))
    kept = "".join(letter if letter.isalnum() else _gap(letter) for letter in small)
    latin = anyascii(_LETTERS.sub(lambda found: table[found[0]], kept)).lower()
    words = re.sub("[^a-z0-9]+", " ", re.sub("['`]", "", latin))
    for pattern, spelling in _SPELLINGS:
        words = pattern.sub(spelling, words)
    return " ".join([word for word in words.split() if word != _ARTICLE] or words.split())


def _gap(letter: str) -> str:
    """Return what stands for a character that is neither letter nor digit: itself for an accent, else a gap or none."""
    if letter in _APOSTROPHES:
        return ""
    return letter if category(letter)[0] == "M" else " "


_FORM = frozenset(
    fold(word)
    for word in (
        *("republic", "of", "cumhuriyeti", "respublikası", "respublika", "республика"),
        *("հանրապետություն", "hanrapetutyun"),
    )
)
