"""The addon comes, stays, and goes without a trace."""

from conftest import MODULE

STATES = {"draft", "applied", "contact", "waiting", "to_approve", "confirmed", "done", "refused", "cancelled"}
MODELS = "hr.volunteer.%"
KINDS_IN_USE = {
    "activities",
    "activity types",
    "attachments",
    "columns",
    "crons",
    "fields",
    "groups",
    "menus",
    "messages",
    "models",
    "server actions",
    "tables",
    "templates",
    "views",
    "windows",
    "xmlids",
}
UNINSTALL = f"env['ir.module.module'].search([('name', '=', '{MODULE}')]).button_immediate_uninstall()\n"
# models whose table is named otherwise
TABLES = {
    "ir.actions.act_window": "ir_act_window",
    "ir.actions.client": "ir_act_client",
    "ir.actions.server": "ir_act_server",
}
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


def find_traces(database):
    """Return what of the addon is in a database, by kind; kinds of which there is nothing are left out."""
    traces = {
        "tables": database.values(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE '%%volunteer%%'"
        ),
        "columns": database.rows(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name LIKE '%%volunteer%%'"
        ),
        "xmlids": database.values("SELECT name FROM ir_model_data WHERE module = %s", MODULE),
        "models": database.values("SELECT model FROM ir_model WHERE model LIKE %s", MODELS),
        "fields": database.rows(
            "SELECT model, name FROM ir_model_fields WHERE name LIKE '%%volunteer%%' OR relation LIKE %s", MODELS
        ),
        "activities": database.values("SELECT id FROM mail_activity WHERE res_model LIKE %s", MODELS),
        "messages": database.values("SELECT id FROM mail_message WHERE model LIKE %s", MODELS),
        "followers": database.values("SELECT id FROM mail_followers WHERE res_model LIKE %s", MODELS),
        "templates": database.values("SELECT name FROM mail_template WHERE model LIKE %s", MODELS),
        "activity types": database.values("SELECT name FROM mail_activity_type WHERE res_model LIKE %s", MODELS),
        "attachments": database.values("SELECT name FROM ir_attachment WHERE res_model LIKE %s", MODELS),
        "crons": database.values("SELECT cron_name FROM ir_cron WHERE cron_name ILIKE '%%volunteer%%'"),
        "server actions": database.values("SELECT name FROM ir_act_server WHERE name::text ILIKE '%%volunteer%%'"),
        "windows": database.values("SELECT name FROM ir_act_window WHERE res_model LIKE %s", MODELS),
        "menus": database.values("SELECT name FROM ir_ui_menu WHERE name::text ILIKE '%%volunteer%%'"),
        "views": database.values(
            "SELECT name FROM ir_ui_view WHERE model LIKE %s OR arch_db::text ILIKE '%%volunteer%%'", MODELS
        ),
        "groups": database.values("SELECT name FROM res_groups_privilege WHERE name::text ILIKE '%%volunteer%%'"),
        "parameters": database.values("SELECT key FROM ir_config_parameter WHERE key LIKE '%%volunteer%%'"),
    }
    return {kind: rows for kind, rows in traces.items() if rows}


def find_own_rows(database):
    """Return the ids of the records that the addon brought, by table; those that others name too stay out."""
    own = {}
    for model, record_id in database.rows(
        "SELECT model, res_id FROM ir_model_data AS own WHERE module = %s AND NOT EXISTS ("
        "SELECT FROM ir_model_data WHERE model = own.model AND res_id = own.res_id AND module != own.module)",
        MODULE,
    ):
        own.setdefault(TABLES.get(model, model.replace(".", "_")), []).append(record_id)
    return own


def find_rows(database, ids_by_table):
    """Return those of the rows that are still there, by table."""
    tables = set(database.values("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    found = {
        table: database.values(f'SELECT id FROM "{table}" WHERE id IN %s', tuple(ids))
        for table, ids in ids_by_table.items()
        if table in tables
    }
    return {table: ids for table, ids in found.items() if ids}


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


def test_uninstall_leaves_nothing_and_the_addon_can_come_back(installed):
    installed.shell("whole_way.py")
    # what the search must find now, so that it can be trusted when it finds nothing
    assert set(find_traces(installed)) >= KINDS_IN_USE
    own = find_own_rows(installed)
    assert set(find_rows(installed, own)) == set(own)
    run = installed.shell(UNINSTALL)
    assert run.problems == []
    assert installed.values("SELECT state FROM ir_module_module WHERE name = %s", MODULE) == ["uninstalled"]
    assert find_traces(installed) == {}
    assert find_rows(installed, own) == {}
    run = installed.install(MODULE)
    assert run.problems == []
    assert installed.values("SELECT count(*) FROM hr_volunteer_application") == [0]
