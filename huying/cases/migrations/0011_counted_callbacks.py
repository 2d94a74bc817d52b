"""Whom callbacks are counted for, and which of them satisfied, out of their lines."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

FILL = """
    UPDATE cases_callback c SET
        lead_id = o.id,
        content = CASE WHEN c.reached THEN c.satisfied >= COALESCE(
            (SELECT value FROM kernel_parameter_value WHERE key = 'cases.satisfied_from'), 3) END
    FROM cases_callback own
    JOIN matters_ledgerline line ON line.matter_id = own.case_id AND line.seq = own.seq
    LEFT JOIN people_organisation o ON o.code = NULLIF(line.facts::jsonb ->> 'handler', '')
    WHERE c.id = own.id
"""


def fill(apps, schema_editor):
    schema_editor.execute(FILL)


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("cases", "0010_counted"), ("kernel", "0002_parametervalue")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)), fields=["lead", "at"], name="callback_counted"
            ),
        ),
    ]
