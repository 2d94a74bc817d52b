"""The database's agreement: no state without its line, no line changed, nothing deleted."""

from django.db import migrations

LEDGER_INSERT = """
CREATE FUNCTION matters_line_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE m record;
BEGIN
    SELECT version, state, head INTO m FROM matters_matter WHERE id = NEW.matter_id;
    IF FOUND THEN
        IF NEW.seq <> m.version + 1 OR NEW.from_state <> m.state OR NEW.previous <> m.head THEN
            RAISE EXCEPTION '留痕不连续：事项 % 现为第 % 版「%」', NEW.matter_id, m.version, m.state
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_line_continues';
        END IF;
    ELSIF NEW.seq <> 1 OR NEW.from_state <> '' OR NEW.previous <> decode(repeat('00', 32), 'hex') THEN
        RAISE EXCEPTION '留痕不连续：事项 % 的第一条留痕序号应为 1', NEW.matter_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_line_continues';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER line_continues BEFORE INSERT ON matters_ledgerline
    FOR EACH ROW EXECUTE FUNCTION matters_line_continues();
"""

MATTER_GUARD = """
CREATE FUNCTION matters_matter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.id <> OLD.id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind OR NEW.district <> OLD.district
           OR NEW.opened_at <> OLD.opened_at THEN
            RAISE EXCEPTION '事项 % 的编号、类别、区和受理时间不可更改', OLD.number
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'matter_identity';
        END IF;
        IF NEW.state = OLD.state AND NEW.version = OLD.version AND NEW.head = OLD.head THEN
            RETURN NEW;
        END IF;
        IF NEW.version = OLD.version + 1 AND EXISTS (
            SELECT FROM matters_ledgerline l
            WHERE l.matter_id = NEW.id AND l.seq = NEW.version AND l.from_state = OLD.state
              AND l.to_state = NEW.state AND l.hash = NEW.head) THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.version = 1 AND EXISTS (
        SELECT FROM matters_ledgerline l
        WHERE l.matter_id = NEW.id AND l.seq = 1 AND l.from_state = '' AND l.to_state = NEW.state
          AND l.hash = NEW.head) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '事项 % 的状态「%」没有对应的留痕', NEW.number, NEW.state
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'matter_state_has_line';
END $$;
CREATE TRIGGER matter_guard BEFORE INSERT OR UPDATE ON matters_matter
    FOR EACH ROW EXECUTE FUNCTION matters_matter_guard();
"""

REFUSE = """
CREATE FUNCTION matters_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% 只能追加，不能%', TG_TABLE_NAME,
        CASE TG_OP WHEN 'UPDATE' THEN '修改' WHEN 'DELETE' THEN '删除' ELSE '清空' END
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON matters_ledgerline
    FOR EACH ROW EXECUTE FUNCTION matters_refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON matters_ledgerline
    FOR EACH STATEMENT EXECUTE FUNCTION matters_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON matters_anchor
    FOR EACH ROW EXECUTE FUNCTION matters_refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON matters_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION matters_refuse();
CREATE TRIGGER no_delete BEFORE DELETE ON matters_matter
    FOR EACH ROW EXECUTE FUNCTION matters_refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON matters_matter
    FOR EACH STATEMENT EXECUTE FUNCTION matters_refuse();
"""

UNDO = """
DROP TRIGGER line_continues ON matters_ledgerline;
DROP TRIGGER matter_guard ON matters_matter;
DROP TRIGGER append_only ON matters_ledgerline;
DROP TRIGGER no_truncate ON matters_ledgerline;
DROP TRIGGER append_only ON matters_anchor;
DROP TRIGGER no_truncate ON matters_anchor;
DROP TRIGGER no_delete ON matters_matter;
DROP TRIGGER no_truncate ON matters_matter;
DROP FUNCTION matters_line_continues();
DROP FUNCTION matters_matter_guard();
DROP FUNCTION matters_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0001_initial")]

    operations = [migrations.RunSQL(LEDGER_INSERT + MATTER_GUARD + REFUSE, UNDO)]
