"""The addon comes, stays, and goes without a trace."""

from conftest import MODULE

STATES = {"draft", "applied", "contact", "to_approve", "confirmed", "done", "refused", "cancelled"}
MODELS = "hr.volunteer.%"
WHOLE_WAY = ["draft", "applied", "contact", "to_approve", "confirmed"]


def assert_whole_way(result):
    assert result["states"] == WHOLE_WAY
    assert result["approval"] == "approved"
    assert result["work_hours"] == 2
    assert (result["asked"], result["still_asked"]) == (1, 0)
    told = " ".join(result["mails_to"])
    for person in ("officer@company", "walker@company", "manager@company", "referent@association"):
        assert person in told


def count_records(database):
    """Return the number of rows of each table of ours, and of the messages and activities on them."""
    tables = database.values(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE '%%hr\\_volunteer\\_%%'"
    )
    counts = {table: database.values(f'SELECT count(*) FROM "{table}"')[0] for table in tables}
    counts["message"] = database.values("SELECT count(*) FROM mail_message WHERE model LIKE %s", MODELS)[0]
    counts["activity"] = database.values("SELECT count(*) FROM mail_activity WHERE res_model LIKE %s", MODELS)[0]
    return counts


def test_install_without_demo_data(database):
    run = database.install(MODULE)
    assert run.problems == []
    assert database.values("SELECT state FROM ir_module_module WHERE name = %s", MODULE) == ["installed"]
    assert database.values("SELECT count(*) FROM hr_volunteer_application") == [0]
    assert_whole_way(database.shell("whole_way.py").result)


def test_install_with_demo_data(new_database):
    run = new_database.install(MODULE, options=["--with-demo"])
    assert run.problems == []
    assert set(new_database.values("SELECT DISTINCT state FROM hr_volunteer_application")) == STATES


def test_install_beside_time_off_and_recruitment(database):
    run = database.install("hr_holidays", "hr_recruitment", MODULE)
    assert [line for line in run.problems if "volunteer" in line] == []
    installed = database.values(
        "SELECT name FROM ir_module_module WHERE state = 'installed' AND name IN %s",
        ("hr_holidays", "hr_recruitment", MODULE),
    )
    assert len(installed) == 3
    assert_whole_way(database.shell("whole_way.py").result)


def test_upgrade_keeps_records_and_edited_templates(installed):
    assert_whole_way(installed.shell("whole_way.py").result)
    installed.shell(
        f"env.ref('{MODULE}.mail_template_application_applied').subject = 'Our own words'\nenv.cr.commit()\n"
    )
    before = count_records(installed)
    assert before["hr_volunteer_application"] == 1
    assert before["activity"] == 1
    for _time in range(2):
        run = installed.upgrade(MODULE)
        assert run.problems == []
        assert count_records(installed) == before
    assert installed.values("SELECT state FROM hr_volunteer_application") == ["confirmed"]
    assert installed.values("SELECT count(*) FROM mail_template WHERE subject ->> 'en_US' = 'Our own words'") == [1]


def test_uninstall_leaves_nothing(installed):
    installed.shell("whole_way.py")
    run = installed.shell(
        f"env['ir.module.module'].search([('name', '=', '{MODULE}')]).button_immediate_uninstall()\n"
    )
    assert run.problems == []
    assert installed.values("SELECT state FROM ir_module_module WHERE name = %s", MODULE) == ["uninstalled"]
    left = {
        "tables": installed.values(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE '%%volunteer%%'"
        ),
        "columns": installed.rows(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name LIKE '%%volunteer%%'"
        ),
        "xmlids": installed.values("SELECT name FROM ir_model_data WHERE module = %s", MODULE),
        "models": installed.values("SELECT model FROM ir_model WHERE model LIKE %s", MODELS),
        "fields": installed.rows(
            "SELECT model, name FROM ir_model_fields WHERE name LIKE '%%volunteer%%' OR relation LIKE %s", MODELS
        ),
        "activities": installed.values("SELECT id FROM mail_activity WHERE res_model LIKE %s", MODELS),
        "messages": installed.values("SELECT id FROM mail_message WHERE model LIKE %s", MODELS),
        "followers": installed.values("SELECT id FROM mail_followers WHERE res_model LIKE %s", MODELS),
        "templates": installed.values("SELECT name FROM mail_template WHERE model LIKE %s", MODELS),
        "activity types": installed.values("SELECT name FROM mail_activity_type WHERE res_model LIKE %s", MODELS),
        "subtypes": installed.values("SELECT name FROM mail_message_subtype WHERE res_model LIKE %s", MODELS),
        "attachments": installed.values("SELECT name FROM ir_attachment WHERE res_model LIKE %s", MODELS),
        "crons": installed.values("SELECT cron_name FROM ir_cron WHERE cron_name ILIKE '%%volunteer%%'"),
        "server actions": installed.values("SELECT name FROM ir_act_server WHERE name::text ILIKE '%%volunteer%%'"),
        "windows": installed.values("SELECT name FROM ir_act_window WHERE res_model LIKE %s", MODELS),
        "menus": installed.values("SELECT name FROM ir_ui_menu WHERE name::text ILIKE '%%volunteer%%'"),
        "views": installed.values(
            "SELECT name FROM ir_ui_view WHERE model LIKE %s OR arch_db::text ILIKE '%%volunteer%%'", MODELS
        ),
        "groups": installed.values("SELECT name FROM res_groups_privilege WHERE name::text ILIKE '%%volunteer%%'"),
        "rules": installed.values("SELECT name FROM ir_rule WHERE domain_force LIKE '%%volunteer%%'"),
        "parameters": installed.values("SELECT key FROM ir_config_parameter WHERE key LIKE '%%volunteer%%'"),
    }
    assert {what: rows for what, rows in left.items() if rows} == {}


def test_install_again_after_uninstall(installed):
    installed.shell(f"env['ir.module.module'].search([('name', '=', '{MODULE}')]).button_immediate_uninstall()\n")
    run = installed.install(MODULE)
    assert run.problems == []
    assert_whole_way(installed.shell("whole_way.py").result)
