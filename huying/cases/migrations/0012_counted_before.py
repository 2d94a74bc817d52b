"""What figures need of cases that are there already, out of their lines."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BATCH = 20_000  # matters at a time, each batch its own transaction

CLOCKS = """
    UPDATE matters_clock c SET
        lead_id = CASE WHEN c.stopped_seq IS NULL OR stopped.step NOT LIKE 'recall%%' THEN o.id END,
        minutes = (stopped.facts::jsonb #>> ARRAY['clocks', 'stopped', c.kind, 'minutes'])::integer,
        ended_by = COALESCE(stopped.step, ''),
        excused = CASE
            WHEN c.kind = 'contact' AND c.organisation_id <> o.id THEN 'confidential'
            WHEN c.met IS NULL AND stopped.step NOT LIKE 'recall%%' THEN 'ended:' || stopped.step
            WHEN c.kind = 'contact' AND stopped.facts::jsonb ? 'exemption'
                THEN 'exempt:' || (stopped.facts::jsonb ->> 'exemption')
            WHEN stopped.step = 'close_without_callback' THEN 'no_callback:' || (stopped.facts::jsonb ->> 'reason')
            WHEN c.paused_at IS NOT NULL THEN 'paused:' || m.state
            ELSE '' END
    FROM matters_clock own
    JOIN matters_matter m ON m.id = own.matter_id AND m.kind = 'case'
    JOIN matters_ledgerline started ON started.matter_id = own.matter_id AND started.seq = own.started_seq
    LEFT JOIN matters_ledgerline stopped ON stopped.matter_id = own.matter_id AND stopped.seq = own.stopped_seq
    LEFT JOIN people_organisation o
        ON o.code = COALESCE(started.facts::jsonb ->> 'lead', NULLIF(started.facts::jsonb ->> 'handler', ''))
    WHERE c.id = own.id AND own.matter_id >= %s AND own.matter_id < %s
        AND own.kind IN ('acknowledge', 'contact', 'handle', 'rework', 'callback')
"""
MATTERS = """
    UPDATE matters_matter m SET closed_by = COALESCE((
        SELECT l.step FROM matters_ledgerline l
        WHERE l.matter_id = m.id AND l.to_state = m.state AND l.from_state <> l.to_state
        ORDER BY l.seq DESC LIMIT 1), '')
    WHERE m.closed_at IS NOT NULL AND m.id >= %s AND m.id < %s
"""
CALLBACKS = """
    UPDATE cases_callback c SET
        lead_id = o.id,
        content = CASE WHEN c.reached THEN c.satisfied >= COALESCE(
            (SELECT value FROM kernel_parameter_value WHERE key = 'cases.satisfied_from'), 3) END
    FROM cases_callback own
    JOIN matters_ledgerline line ON line.matter_id = own.case_id AND line.seq = own.seq
    LEFT JOIN people_organisation o ON o.code = NULLIF(line.facts::jsonb ->> 'handler', '')
    WHERE c.id = own.id AND own.case_id >= %s AND own.case_id < %s
"""


def fill(apps, schema_editor):
    ids = apps.get_model("matters", "Matter").objects.order_by("pk").values_list("pk", flat=True)
    with schema_editor.connection.cursor() as cursor:
        for at in range(ids.first() or 0, (ids.last() or -1) + 1, BATCH):
            for statement in (CLOCKS, MATTERS, CALLBACKS):
                cursor.execute(statement, [at, at + BATCH])


class Migration(migrations.Migration):
    atomic = False  # rows are filled and the index built while others write

    dependencies = [
        ("cases", "0011_counted"),
        ("kernel", "0002_parametervalue"),
        ("matters", "0018_counted_indexes"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)), fields=["lead", "at"], name="callback_counted"
            ),
        ),
    ]
