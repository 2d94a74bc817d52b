"""The page of an official document as a Word file, in the form of GB/T 9704—2012 (党政机关公文格式).

A4; margins 37 mm above, 35 below, 28 left, 26 right, which leaves 156 mm × 225 mm for 22 lines of 28 characters; body
in 仿宋 of size three (16 pt), heading in 小标宋 of size two (22 pt), page numbers outside. The fonts are named; a
machine that lacks them falls back to what the font table names beside each. What stands on it is the room's own:

    word = blank(title="…", author="…")
    red_head(word, "…")
    line(word, "…", SONG, TWO, align=CENTRE, pitch=Pt(36))
    indented(line(word, "…"))
    signature(word, "…", day)
    imprint(word, "…", "…", day)
    made = saved(word)
"""

from __future__ import annotations

import datetime as dt
import io

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
LINE = Pt(28.95)  # 225 mm / 22, rounded down
CLOSER = -5  # twentieths of a point between characters: 28 of 16 pt in 156 mm
WIDTH_PT = 442.0  # of the text area
RED = RGBColor(0xFF, 0x00, 0x00)
LEFT, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
CENTRE, JUSTIFIED = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
LARGEST_HEAD = 48  # points of a red head
CHINESE_DAY = "{0.year}年{0.month}月{0.day}日"
_AFTER_BORDERS = ("w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr")


def blank(*, title: str, author: str) -> Word:
    """An empty page with its margins, grid, fonts and page numbers."""
    word = Document()
    _style(word)
    _page(word.sections[0])
    _fonts(word)
    _page_numbers(word)
    properties = word.core_properties
    properties.title, properties.author = title, author
    properties.comments = properties.keywords = ""
    return word


def saved(word: Word) -> bytes:
    made = io.BytesIO()
    word.save(made)
    return made.getvalue()


def line(
    word: Word,
    text: str,
    font: str = FANG,
    size: Pt = THREE,
    *,
    align: WD_ALIGN_PARAGRAPH = JUSTIFIED,
    pitch: Pt = LINE,
    colour: RGBColor | None = None,
) -> Paragraph:
    """A paragraph at its end."""
    paragraph = word.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, pitch
    paragraph.alignment = align
    run(paragraph, text, font, size, colour)
    return paragraph


def run(paragraph: Paragraph, text: str, font: str, size: Pt, colour: RGBColor | None = None) -> None:
    """Words in a font of their own."""
    made = paragraph.add_run(text)
    made.font.size, made.font.name = size, font
    fonts = made._element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), font)
    if colour is not None:
        made.font.color.rgb = colour


def indented(paragraph: Paragraph) -> Paragraph:
    """The first line stands two characters in."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")
    return paragraph


def ruled(paragraph: Paragraph, *sides: tuple[str, str, int], space: int = 1) -> Paragraph:
    """Lines beside a paragraph: side (`top`, `bottom`), colour, eighths of a point."""
    borders = OxmlElement("w:pBdr")
    for side, colour, eighths in sides:
        edge = OxmlElement(f"w:{side}")
        for name, value in {"val": "single", "sz": str(eighths), "space": str(space), "color": colour}.items():
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *_AFTER_BORDERS)
    return paragraph


def from_the_right(paragraph: Paragraph, characters: int) -> None:
    paragraph.alignment = RIGHT
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:rightChars"), str(characters * 100))
    indent.set(qn("w:right"), str(characters * 320))


def red_head(word: Word, head: str) -> None:
    """红头, and an empty line; the number and the red line under it are the room's own."""
    size = min(LARGEST_HEAD, int(WIDTH_PT / max(len(head), 1)))
    made = line(word, head, SONG, Pt(size), align=CENTRE, pitch=Pt(size * 1.3), colour=RED)
    made.paragraph_format.space_before = Mm(12)
    line(word, "")


def signature(word: Word, issuer: str, day: dt.date) -> None:
    """Issuer and day; the day four characters from the edge, the issuer centred over it."""
    written = CHINESE_DAY.format(day)
    above = [line(word, ""), line(word, ""), line(word, issuer)]
    from_the_right(above[-1], max(1, 4 + (len(written) - len(issuer)) // 2))
    for paragraph in above:
        paragraph.paragraph_format.keep_with_next = True
    from_the_right(line(word, written), 4)


def imprint(word: Word, copies: str, issuer: str, day: dt.date) -> None:
    """版记."""
    line(word, "")
    if copies:
        ruled(line(word, f"抄送：{copies}。", FANG, FOUR), ("top", "000000", 8))
    printed = line(word, f"{issuer}　　{CHINESE_DAY.format(day)}印发", FANG, FOUR)
    ruled(printed, ("top", "000000", 6), ("bottom", "000000", 8))


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(28)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    # No grid of characters: where a font that stands in is a little wider than its cell, LibreOffice gives it two.
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")  # 22 lines, in twentieths of a point
    section._sectPr.append(grid)


def _style(word: Word) -> None:
    normal = word.styles["Normal"]
    normal.font.size = THREE
    normal.font.name = FANG
    shape = normal.element.get_or_add_rPr()
    closer = OxmlElement("w:spacing")
    closer.set(qn("w:val"), str(CLOSER))
    shape.insert_element_before(closer, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")
    fonts = shape.get_or_add_rFonts()
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


def _page_numbers(word: Word) -> None:
    """— 1 —: at the right on odd pages, at the left on even ones, one character from the edge."""
    word.settings.odd_and_even_pages_header_footer = True
    section = word.sections[0]
    for footer, align in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        side = "w:rightChars" if align == RIGHT else "w:leftChars"
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn(side), "100")
        run(paragraph, "— ", "宋体", FOUR)
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), "PAGE")
        run(paragraph, "1", "宋体", FOUR)  # the shape of the number; Word counts anew
        number.append(paragraph.runs[-1]._element)
        paragraph._p.append(number)
        run(paragraph, " —", "宋体", FOUR)
