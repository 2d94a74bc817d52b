from django.db import migrations

# A check cannot look at another row, a foreign key can: the parent must be the row whose code is the beginning of ours.
FAMILY = ("parent", "street", "community")


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=[
                f"ALTER TABLE places_place ADD CONSTRAINT places_place_{name}_begins_code "
                f"FOREIGN KEY ({name}_id, {name}_code) REFERENCES places_place (id, code)"
                for name in FAMILY
            ],
            reverse_sql=[
                f"ALTER TABLE places_place DROP CONSTRAINT places_place_{name}_begins_code" for name in FAMILY
            ],
        )
    ]
