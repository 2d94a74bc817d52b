"""A Word file in the form of GB/T 9704—2012 (党政机关公文格式).

A4; margins 37 mm above, 35 below, 28 left, 26 right, which leaves 156 mm × 225 mm for 22 lines of 28 characters.
Body in 仿宋 of size three (16 pt), title in 小标宋 of size two (22 pt), headings in 黑体; red head and line; number,
addressee, signature with date, imprint; page numbers outside. The fonts are named; a machine that lacks one falls back
to what the font table names beside it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from docx import Document
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

SONG, FANG, HEI, KAI = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
# What stands in when a font is missing, and which kind it is.
FALL_BACK = {
    SONG: ("宋体", "roman", "02010601030101010101"),
    FANG: ("仿宋", "modern", "02010609060101010101"),
    HEI: ("SimHei", "modern", "02010609060101010101"),
    KAI: ("楷体", "modern", "02010609060101010101"),
    "宋体": ("SimSun", "auto", "02010600030101010101"),
}
THREE, TWO, FOUR = Pt(16), Pt(22), Pt(14)  # 三号, 二号, 四号
LINE = Pt(29)  # 225 mm / 22
RED = RGBColor(0xFF, 0x00, 0x00)
WIDTH_PT = 442.0  # of the text area
LARGEST_HEAD = 48
CHINESE_DAY = "{0.year}年{0.month}月{0.day}日"


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of the body; `heading`: 一、二、三 in 黑体."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """What an official document says."""

    head: str  # 红头
    number: str  # 文号
    title: str
    addressee: str
    body: Sequence[Part]
    issuer: str
    day: dt.date
    copies: str = ""
    draft: bool = False
    phone: str = ""
    subject: str = ""


def write(paper: Paper) -> bytes:
    """The file."""
    word = Document()
    _style(word)
    _page(word.sections[0])
    _fonts(word)
    if paper.draft:
        _line(word, "（拟稿，尚未签发）", FANG, FOUR, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _red_head(word, paper)
    _line(word, "", FANG, THREE)
    for text in paper.title.split("\n"):
        _line(word, text, SONG, TWO, align=WD_ALIGN_PARAGRAPH.CENTER, pitch=Pt(36))
    _line(word, "", FANG, THREE)
    _line(word, f"{paper.addressee}：", FANG, THREE)
    for part in paper.body:
        _indented(_line(word, part.text, HEI if part.heading else FANG, THREE))
    if paper.phone:
        _indented(_line(word, f"（联系电话：{paper.phone}）", FANG, THREE))
    _signature(word, paper)
    _imprint(word, paper)
    _page_numbers(word)
    properties = word.core_properties
    properties.title, properties.author, properties.subject = paper.title.replace("\n", ""), paper.issuer, paper.subject
    properties.comments = properties.keywords = ""
    made = io.BytesIO()
    word.save(made)
    return made.getvalue()


# --- the page --------------------------------------------------------------------------------------------------------


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(28)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), "580")  # 22 lines, in twentieths of a point
    grid.set(qn("w:charSpace"), "-842")  # 28 characters of 16 pt in 156 mm, in 4096ths of a point
    section._sectPr.append(grid)


def _style(word: Word) -> None:
    normal = word.styles["Normal"]
    normal.font.size = THREE
    normal.font.name = FANG
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), FANG)


def _fonts(word: Word) -> None:
    """The font table with a name to fall back to beside each font."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, (other, family, panose) in FALL_BACK.items()
    )
    table = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{fonts}</w:fonts>'
    )
    (part,) = (part for part in word.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    part._blob = table.encode()


# --- its parts -------------------------------------------------------------------------------------------------------


def _line(
    word: Word,
    text: str,
    font: str,
    size: Pt,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    pitch: Pt = LINE,
    colour: RGBColor | None = None,
) -> Paragraph:
    paragraph = word.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, pitch
    paragraph.alignment = align
    _run(paragraph, text, font, size, colour)
    return paragraph


def _run(paragraph: Paragraph, text: str, font: str, size: Pt, colour: RGBColor | None = None) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = size, font
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), font)
    if colour is not None:
        run.font.color.rgb = colour


def _indented(paragraph: Paragraph) -> None:
    """The first line stands two characters in."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")


def _right(paragraph: Paragraph, characters: int) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:rightChars"), str(characters * 100))
    indent.set(qn("w:right"), str(characters * 320))


def _red_head(word: Word, paper: Paper) -> None:
    size = min(LARGEST_HEAD, int(WIDTH_PT / max(len(paper.head), 1)))
    head = _line(word, paper.head, SONG, Pt(size), align=WD_ALIGN_PARAGRAPH.CENTER, pitch=Pt(size * 1.3), colour=RED)
    head.paragraph_format.space_before = Mm(12)
    _line(word, "", FANG, THREE)
    number = _line(word, paper.number, FANG, THREE, align=WD_ALIGN_PARAGRAPH.CENTER)
    _border(number, "bottom", "FF0000", 12, space=4)


def _border(paragraph: Paragraph, side: str, colour: str, eighths: int, *, space: int = 1) -> None:
    borders = OxmlElement("w:pBdr")
    line = OxmlElement(f"w:{side}")
    values = {"val": "single", "sz": str(eighths), "space": str(space), "color": colour}
    for name, value in values.items():
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def _signature(word: Word, paper: Paper) -> None:
    """Issuer and day; the day four characters from the edge, the issuer centred over it."""
    _line(word, "", FANG, THREE)
    _line(word, "", FANG, THREE)
    day = CHINESE_DAY.format(paper.day)
    _right(_line(word, paper.issuer, FANG, THREE), max(1, 4 + (len(day) - len(paper.issuer)) // 2))
    _right(_line(word, day, FANG, THREE), 4)


def _imprint(word: Word, paper: Paper) -> None:
    """版记."""
    _line(word, "", FANG, THREE)
    if paper.copies:
        copies = _line(word, f"抄送：{paper.copies}。", FANG, FOUR)
        _border(copies, "top", "000000", 8)
    printed = _line(word, f"{paper.issuer}　　{CHINESE_DAY.format(paper.day)}印发", FANG, FOUR)
    borders = OxmlElement("w:pBdr")
    for side, eighths in (("top", "6"), ("bottom", "8")):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", eighths), ("space", "1"), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    printed._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def _page_numbers(word: Word) -> None:
    """— 1 —: at the right on odd pages, at the left on even ones, one character from the edge."""
    word.settings.odd_and_even_pages_header_footer = True
    section = word.sections[0]
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        side = "w:rightChars" if align == WD_ALIGN_PARAGRAPH.RIGHT else "w:leftChars"
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn(side), "100")
        _run(paragraph, "— ", "宋体", FOUR)
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), "PAGE")
        paragraph._p.append(number)
        _run(paragraph, "1", "宋体", FOUR)
        number.append(paragraph.runs[-1]._element)
        _run(paragraph, " —", "宋体", FOUR)
