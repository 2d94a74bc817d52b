"""Contacts that are still kept, by age; the log of reveals may be cleared after three years, and not before."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

THREE_YEARS = """
CREATE FUNCTION people_keep_three_years() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '3 years' THEN
        RAISE EXCEPTION '查看个人信息的记录至少保存三年' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER people_reveal_append_only ON people_reveal;
CREATE TRIGGER people_reveal_append_only BEFORE UPDATE ON people_reveal
    FOR EACH ROW EXECUTE FUNCTION people_append_only();
CREATE TRIGGER people_reveal_kept BEFORE DELETE ON people_reveal
    FOR EACH ROW EXECUTE FUNCTION people_keep_three_years();
"""
FOR_EVER = """
DROP TRIGGER people_reveal_kept ON people_reveal;
DROP TRIGGER people_reveal_append_only ON people_reveal;
CREATE TRIGGER people_reveal_append_only BEFORE UPDATE OR DELETE ON people_reveal
    FOR EACH ROW EXECUTE FUNCTION people_append_only();
DROP FUNCTION people_keep_three_years();
"""


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("people", "0006_table_imports")]

    operations = [
        migrations.RunSQL(THREE_YEARS, FOR_EVER),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                fields=["created_at"], name="people_contact_kept", condition=models.Q(("forgotten_at", None))
            ),
        ),
    ]
