"""Which dispatch an objection is against, and which dispatches the centre took back by itself, for figures."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GIVEN = """
UPDATE cases_objection AS said
SET given_seq = (
    SELECT max(ran.started_seq) FROM matters_clock AS ran
    WHERE ran.matter_id = said.case_id AND ran.kind = 'acknowledge' AND ran.lead_id IS NOT NULL
      AND ran.started_seq < said.seq
)
WHERE given_seq IS NULL
"""
TAKEN_BACK = """
UPDATE matters_clock AS ran SET excused = 'taken_back'
FROM matters_ledgerline AS line
JOIN people_post AS post ON post.id = line.post_id
JOIN people_organisation AS body ON body.id = post.organisation_id AND body.kind = 'centre'
WHERE ran.ended_by = 'hand_back' AND ran.excused IN ('', 'ended:hand_back')
  AND line.matter_id = ran.matter_id AND line.seq = ran.stopped_seq
"""


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute(GIVEN)
        cursor.execute(TAKEN_BACK)


class Migration(migrations.Migration):
    dependencies = [("cases", "0026_motions"), ("people", "0007_kept_contacts")]

    operations = [
        migrations.AddField(
            model_name="objection",
            name="given_seq",
            field=models.PositiveIntegerField(blank=True, help_text="Line by which the unit was given it.", null=True),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False), ("way", "objected")),
                fields=["unit", "ended_at"],
                name="objection_counted",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
