"""Rows in and out of files: xlsx, csv and jsonl, read lazily; error sheets and templates written.

An importer declares `Column`s, opens the file and asks each row for typed values. What is wrong with a row is
collected in Chinese on the row itself, so that the whole row is reported at once:

    with open_rows(path, COLUMNS, mapping) as source, Report(source) as report:
        for row in source:
            code = row.digits("code", 15, required=True)
            ...
            if row.faults:
                report.reject(row)
"""

from huying.kernel.tabular.formats import Limits
from huying.kernel.tabular.mapping import Mapping, load_mapping
from huying.kernel.tabular.report import Report
from huying.kernel.tabular.rows import Cell, Column, Fault, Row, parse_day, parse_moment
from huying.kernel.tabular.sheets import write_book, write_csv, write_template, write_xlsx
from huying.kernel.tabular.sources import Source, open_rows

__all__ = [
    "Cell",
    "Column",
    "Fault",
    "Limits",
    "Mapping",
    "Report",
    "Row",
    "Source",
    "load_mapping",
    "open_rows",
    "parse_day",
    "parse_moment",
    "write_book",
    "write_csv",
    "write_template",
    "write_xlsx",
]
