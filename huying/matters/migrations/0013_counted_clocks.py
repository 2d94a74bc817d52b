"""What figures need of clocks that are there already, out of the lines that started and stopped them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BATCH = 20_000  # matters

FILL = """
    UPDATE matters_clock c SET
        lead_id = o.id,
        minutes = CASE WHEN c.stopped_seq IS NULL THEN NULL
                       ELSE (stopped.facts::jsonb #>> ARRAY['clocks', 'stopped', c.kind, 'minutes'])::integer END,
        ended_by = COALESCE(stopped.step, '')
    FROM matters_clock own
    LEFT JOIN matters_ledgerline started ON started.matter_id = own.matter_id AND started.seq = own.started_seq
    LEFT JOIN matters_ledgerline stopped ON stopped.matter_id = own.matter_id AND stopped.seq = own.stopped_seq
    LEFT JOIN people_organisation o
        ON o.code = COALESCE(started.facts::jsonb ->> 'lead', NULLIF(started.facts::jsonb ->> 'handler', ''))
        AND own.kind <> 'triage' AND own.kind <> 'dispatch'
    WHERE c.id = own.id AND own.matter_id >= %s AND own.matter_id < %s
"""


def fill(apps, schema_editor):
    Clock = apps.get_model("matters", "Clock")
    last = Clock.objects.order_by("-matter_id").values_list("matter_id", flat=True).first()
    first = Clock.objects.order_by("matter_id").values_list("matter_id", flat=True).first()
    with schema_editor.connection.cursor() as cursor:
        for at in range(first or 0, (last or -1) + 1, BATCH):
            cursor.execute(FILL, [at, at + BATCH])


class Migration(migrations.Migration):
    atomic = False  # rows are filled and indexes built while others write

    dependencies = [("matters", "0012_counted")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)), fields=["lead", "kind", "due_at"], name="clock_counted"
            ),
        ),
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("lead__isnull", False)),
                fields=["lead", "closed_at"],
                name="matter_closed_by_lead",
            ),
        ),
    ]
