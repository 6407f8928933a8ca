"""A plugin of pytest that makes Odoo's test_lint look at the addons of this project alone: see tools/test-odoo."""

import os
import sys
from pathlib import Path

import pytest

from odoo.modules import Manifest
from odoo.tools import config

import odoo.addons

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [ROOT, *(Path(folder) for folder in os.environ.get("VE_ADDONS", "").split(",") if folder)]
OWN = sorted(path.parent.name for folder in FOLDERS for path in folder.glob("*/__manifest__.py"))


@pytest.fixture(autouse=True)
def only_own_addons(request, monkeypatch, caplog):
    """Show the tests our addons only, and take what they merely log about them for a failure."""
    manifests = [Manifest.for_addon(name) for name in OWN]
    monkeypatch.setattr(Manifest, "all_addon_manifests", staticmethod(lambda: manifests))
    for name in ("get_modules", "MODULES_TO_LINT"):
        if hasattr(request.module, name):
            monkeypatch.setattr(request.module, name, tuple(OWN) if name.isupper() else lambda: OWN)
    # test_pylint adds Odoo's root, test_markers looks into all folders of addons
    monkeypatch.setattr(config, "root_path", manifests[0].path)
    monkeypatch.setattr(odoo.addons, "__path__", [manifest.path for manifest in manifests])
    monkeypatch.setattr(odoo, "__path__", [])
    # what test_pylint starts would take Odoo's calendar for Python's: pytest adds the folder of addons
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not Path(path, "web", "__manifest__.py").exists()])
    if hasattr(request.instance, "_test_eslint"):
        # the second call is for a point of sale, of which there is none here
        check = request.instance._test_eslint
        monkeypatch.setattr(request.instance, "_test_eslint", lambda modules, rules: modules and check(modules, rules))
    yield
    said = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname in ("WARNING", "ERROR") and record.name.startswith("odoo.addons.test_lint")
    ]
    if found := [line for line in said if any(name in line for name in OWN)]:
        pytest.fail("\n".join(found))
