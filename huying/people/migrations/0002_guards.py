"""What the database refuses whoever writes: changed logs, rings of organisations, deputies of themselves."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION people_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% 只能追加，不能修改或删除', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION people_keep_half_a_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '183 days' THEN
        RAISE EXCEPTION '登录日志至少保存六个月' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER people_reveal_append_only BEFORE UPDATE OR DELETE ON people_reveal
    FOR EACH ROW EXECUTE FUNCTION people_append_only();
CREATE TRIGGER people_signin_append_only BEFORE UPDATE ON people_signin
    FOR EACH ROW EXECUTE FUNCTION people_append_only();
CREATE TRIGGER people_signin_kept BEFORE DELETE ON people_signin
    FOR EACH ROW EXECUTE FUNCTION people_keep_half_a_year();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER people_signin_kept ON people_signin;
DROP TRIGGER people_signin_append_only ON people_signin;
DROP TRIGGER people_reveal_append_only ON people_reveal;
DROP FUNCTION people_keep_half_a_year();
DROP FUNCTION people_append_only();
"""

# The lock makes two opposite moves at once wait for each other; the tree is changed a few times a year.
NO_RING = """
CREATE FUNCTION people_no_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('people_organisation_tree'));
    IF EXISTS (
        WITH RECURSIVE above(id, parent_id) AS (
            SELECT o.id, o.parent_id FROM people_organisation o WHERE o.id = NEW.parent_id
            UNION
            SELECT o.id, o.parent_id FROM people_organisation o JOIN above a ON o.id = a.parent_id
        )
        SELECT 1 FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION '上级单位不能是本单位或其下级单位'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'people_organisation_no_ring';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_organisation_no_ring AFTER UPDATE OF parent_id ON people_organisation
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION people_no_ring();
"""
RING = """
DROP TRIGGER people_organisation_no_ring ON people_organisation;
DROP FUNCTION people_no_ring();
"""

NOT_OWN_DEPUTY = """
CREATE FUNCTION people_not_own_deputy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM people_post p WHERE p.id = NEW.post_id AND p.user_id = NEW.user_id) THEN
        RAISE EXCEPTION '不能代理自己的岗位'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'people_deputy_not_self';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_deputy_not_self BEFORE INSERT OR UPDATE ON people_deputy
    FOR EACH ROW EXECUTE FUNCTION people_not_own_deputy();
"""
OWN_DEPUTY = """
DROP TRIGGER people_deputy_not_self ON people_deputy;
DROP FUNCTION people_not_own_deputy();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(NO_RING, RING),
        migrations.RunSQL(NOT_OWN_DEPUTY, OWN_DEPUTY),
    ]
