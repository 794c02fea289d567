"""Runs the test files by pytest. Each says in its `main(needs=[...])` which programs it can't do without."""

import ast
import os
import signal

import pytest

import harness

LEFT_OUT = 77  # tells CTest that nothing was tested


def needs(module):
    """What the module's main() would be told, which isn't called here."""
    with open(module.__file__) as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "main":
            for keyword in node.keywords:
                if keyword.arg == "needs":
                    return eval(compile(ast.Expression(keyword.value), module.__file__, "eval"), vars(module))
    return []


def interrupted(*_):
    raise KeyboardInterrupt  # what was started is still stopped


def pytest_configure(config):
    harness.check_binary()
    signal.signal(signal.SIGTERM, interrupted)  # CTest's timeout


def pytest_collection_modifyitems(config, items):
    config.left_out = []
    for module in {item.module: None for item in items if hasattr(item, "module")}:
        if missing := harness.missing_programs(needs(module)):
            if harness.all_required():
                raise pytest.UsageError(harness.not_tested(missing))
            config.left_out.append(harness.not_tested(missing))
            for item in items:
                if item.module is module:
                    item.add_marker(pytest.mark.skip(reason=harness.not_tested(missing)))


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counted = reporter.stats if reporter else {}
    if exitstatus == 0 and counted.get("skipped") and not counted.get("passed"):
        session.exitstatus = LEFT_OUT


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"*** {report.nodeid}: {report.longrepr[2]} ***")
