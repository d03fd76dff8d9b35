"""Names folded for comparison: what must be one name, what must not, and what holds for any text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aidtrace.folding import alphabetical, fold, readings, sounds, without_form

LETTERS = (
    "abcçdeəfgğhxıijkqlmnoöprsştuüvyzABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZwW"
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
    "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆևԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ"
    " -.'’"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Türkiye", "TÜRKİYE"),
        ("Türkiye", "Turkiye"),
        ("Iğdır Üniversitesi", "IĞDIR ÜNİVERSİTESİ"),
        ("Iğdır", "Igdir"),
        ("İlham", "Ilham"),
        ("İlham", "i̇lham"),
        ("Hamit Kılıç", "HAMİT KILIÇ"),
        ("Hamit Kılıç", "Hamit Kilic"),
        ("Yücel Bozdağlıoğlu", "Yucel Bozdaglioglu"),
        ("Şuşa", "Susa"),
        ("Şuşa", "S\u0327us\u0327a"),
    ],
)
def test_turkish_spellings_of_one_name_share_a_reading(one: str, other: str) -> None:
    assert readings(one) & readings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Azərbaycan", "Azerbaycan"),
        ("Azərbaycan", "Azarbaycan"),
        ("AZƏRBAYCAN", "azərbaycan"),
        ("Heydər Əliyev", "Heydar Aliyev"),
        ("Heydər Əliyev", "Heyder Eliyev"),
        ("Əliyev", "Алиев"),
        ("Naxçıvan", "Nakhchivan"),
        ("Naxçıvan", "Nahçıvan"),
        ("Xankəndi", "Khankendi"),
        ("Qala", "Gala"),
        ("Ağdam", "Aghdam"),
        ("Ağdam", "Agdam"),
        ("Elçibəy", "Elchibey"),
        ("Elçibəy", "Elçibey"),
        ("Elçibəy", "Elcibey"),
        ("Surət Hüseynov", "Suret Huseynov"),
        ("Şuşa", "Shusha"),
    ],
)
def test_azerbaijani_spellings_of_one_name_share_a_reading(one: str, other: str) -> None:
    assert readings(one) & readings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Հայաստան", "Hayastan"),
        ("ՀԱՅԱՍՏԱՆ", "Հայաստան"),
        ("Նիկոլ Փաշինյան", "Nikol Pashinyan"),
        ("Նիկոլ Փաշինյան", "Nikol Paşinyan"),
        ("Իլհամ Ալիև", "Ilham Aliyev"),
        ("Ալիեւ", "Ալիև"),
        ("Սուրեն", "Suren"),
        ("ՍՈՒՐԵՆ", "Suren"),
        ("Արցախ", "Artsakh"),
    ],
)
def test_armenian_spellings_of_one_name_share_a_reading(one: str, other: str) -> None:
    assert readings(one) & readings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Азербайджан", "Azerbaijan"),
        ("Армения", "Armenia"),
        ("Ильхам Алиев", "İlham Əliyev"),
        ("Никол Пашинян", "Nikol Pashinyan"),
        ("Шуша", "Şuşa"),
        ("Карабах", "Karabakh"),
        ("Горький", "Gorky"),
        ("Эльчибей", "Elchibey"),
    ],
)
def test_russian_spellings_of_one_name_share_a_reading(one: str, other: str) -> None:
    assert readings(one) & readings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The West", "west"),
        ("U.S.A.", "USA"),
        ("Nagorno-Karabakh", "Nagorno  Karabakh"),
        ("Land, Air, and Naval War Schools", "Land Air and Naval War Schools."),
        ("O'Brien", "O’Brien"),
        ("ﬁnance", "finance"),
        ("５th Corps", "5th corps"),
    ],
)
def test_case_punctuation_spaces_and_articles_do_not_part_names(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Türkiye", "Turkmenistan"),
        ("Türkiye", "Turkey"),
        ("Azerbaijan", "Nakhchivan"),
        ("Azerbaijan", "Government of Azerbaijan"),
        ("Azərbaycan", "Azərbaycan Respublikası"),
        ("China", "Republic of China"),
        ("Əli", "Ola"),
        ("Ali", "Eli"),
        ("Armenia", "Romania"),
        ("Iran", "Iraq"),
        ("Niger", "Nigeria"),
        ("Şuşa", "Şuşi"),
        ("Gambia", "Zambia"),
        ("US", "U S"),
        ("Second Army", "2nd Army"),
    ],
)
def test_names_of_different_things_share_no_reading(one: str, other: str) -> None:
    assert not readings(one) & readings(other)


@pytest.mark.parametrize("text", ["", "  ", "…", "!?", "🙂", "\u0327", "\x00"])
def test_what_has_no_letter_folds_to_nothing_and_has_no_reading(text: str) -> None:
    assert fold(text) == ""
    assert readings(text) == frozenset()


@pytest.mark.parametrize(("text", "left"), [("The", "the"), ("the The", "the the")])
def test_an_article_stays_where_nothing_else_does(text: str, left: str) -> None:
    assert fold(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Republic of Azerbaijan", "azerbaijan"),
        ("Azərbaycan Respublikası", "azerbaican"),
        ("Türkiye Cumhuriyeti", "turkie"),
        ("Республика Армения", "armenia"),
        ("Հայաստանի Հանրապետություն", "haiastani"),
        ("Republic", "republic"),
        ("Republic of", "republic of"),
        ("Republican People's Party", "republican peoples parti"),
    ],
)
def test_the_form_of_a_state_is_dropped_where_a_name_remains(text: str, left: str) -> None:
    assert without_form(fold(text)) == left


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yavər Camalov", "Yaver Jamalov"),
        ("Гусейнов", "Huseynov"),
        ("Ministry of Defence", "Ministry of Defense"),
        ("Թուրքիա", "Türkiye"),
        ("Mammadov", "Memmedov"),
    ],
)
def test_names_that_differ_in_spelling_alone_sound_alike(one: str, other: str) -> None:
    assert sounds(fold(one)) == sounds(fold(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Armenia", "Romania"),
        ("Ali Hasanov", "Eli Hasanov"),
        ("Gambia", "Zambia"),
        ("Austria", "Australia"),
        ("Iceland", "Ireland"),
        ("Iran", "Iraq"),
        ("Slovakia", "Slovenia"),
        ("Türkiye", "Turkmenistan"),
        ("Embassy of Azerbaijan in Türkiye", "Embassy of Türkiye in Azerbaijan"),
        ("Ministry of Defense of Armenia", "Ministry of Defense of Azerbaijan"),
    ],
)
def test_names_of_different_things_sound_different(one: str, other: str) -> None:
    assert sounds(fold(one)) != sounds(fold(other))


@given(st.text())
@example("kx")
@example("qh dxh")
def test_a_fold_of_a_fold_is_the_same(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=LETTERS))
def test_a_fold_of_our_alphabets_is_the_same_when_folded_again(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_any_text_folds_to_small_latin_words_with_one_space_between(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert set(folded) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@given(st.text(alphabet=LETTERS))
def test_a_letter_of_our_alphabets_becomes_four_at_most(text: str) -> None:
    assert len(fold(text)) <= 4 * len(text)


@given(st.text(alphabet=LETTERS))
def test_capitals_are_no_other_letters(text: str) -> None:
    assert fold(text.upper()) == fold(text.upper().lower())


@given(st.text())
def test_the_fold_is_one_of_at_most_four_readings(text: str) -> None:
    assert fold(text) in readings(text) | {""}
    assert len(readings(text)) <= 4


@given(st.text(), st.sampled_from([" ", "  ", "-", ", ", "\t"]))
def test_what_parts_words_does_not_matter(text: str, gap: str) -> None:
    assert fold(f"a1 {text} b2") == fold(f"a1{gap}{text}{gap}b2")


def test_letters_with_marks_are_sorted_beside_those_without() -> None:
    """By code points Ç, Ş, İ and Ə stand behind Z."""
    names = ["Zagatala", "Şuşa", "İzmir", "Əli", "Çanakkale", "Elchin", "ankara", "Iğdır"]
    expected = ["ankara", "Çanakkale", "Elchin", "Əli", "Iğdır", "İzmir", "Şuşa", "Zagatala"]
    assert sorted(names, key=alphabetical) == expected
