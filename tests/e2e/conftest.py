"""Runs the test files by pytest. Each says in its `main(needs=[...])` which programs it can't do without."""

import ast
import functools
import signal
import threading

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
    try:
        harness.check_binary()
    except SystemExit as error:
        raise pytest.UsageError(str(error)) from None
    # CTest's timeout. xdist may run a worker's tests on another thread than its main one, which alone hears signals; it
    # ends its workers by itself.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupted)


def pytest_collection_modifyitems(items):
    for module in {item.module: None for item in items}:
        if not (missing := harness.missing_programs(needs(module))):
            continue
        reason = harness.not_tested(missing)
        for item in items:
            if item.module is not module:
                continue
            if harness.all_required():
                item.runtest = functools.partial(pytest.fail, reason, pytrace=False)
            else:
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter):
    for line in harness.told:
        terminalreporter.write_line(line)


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counted = reporter.stats if reporter else {}
    if exitstatus == 0 and counted.get("skipped") and not counted.get("passed"):
        session.exitstatus = LEFT_OUT
