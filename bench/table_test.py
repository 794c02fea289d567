"""What of the performance table's figures doesn't hold together is found."""

import unittest

import table


class Runs:
    """As if all had been measured."""

    found = {row.key: {} for _, rows in table.tables() for row in rows}
    for _, rows in table.tables():
        for row in rows:
            proxies = found[row.key].setdefault(row.scenario, {name: {} for name in ("mailtap", *row.peers)})
            for number, name in enumerate(proxies):
                proxies[name][row.figure] = (200 + 30 * number) / row.scale
    said = {"versions": {"mailtap": "mailtap 0.1.0 (0123456789)", "haproxy": "HAProxy version 3", "nginx": "nginx 1"},
            "tls_libraries": {"mailtap": "multibuffer", "haproxy": "AWS-LC 5", "nginx": "OpenSSL 3"}, "load": "batched",
            "machine": {"processor": "one", "cores": 2, "kernel": "6", "load_average_before": 1.0}}

    class arguments:
        real_time = False


class Table(unittest.TestCase):
    text = table.written(Runs, 300)

    def test_what_was_written_is_in_order(self):
        self.assertEqual(table.faults(self.text), [])

    def test_a_row_that_is_missing_is_found(self):
        row = next(line for line in self.text.splitlines() if line.startswith("| TLS 1.2 resumed, 64 at once"))
        self.assertEqual(table.faults(self.text.replace(row + "\n", "")),
                         ["TLS 1.2 resumed, 64 at once: there is no such row, or not all of it"])

    def test_a_figure_that_is_missing_is_found(self):
        runs = type("Missing", (Runs,), {"found": {**Runs.found, "hold": {}}})
        self.assertEqual(table.faults(table.written(runs, 300)),
                         [f"idle connection, {version}, KiB: a figure is missing" for version in ("TLS 1.2", "TLS 1.3")])

    def test_a_ratio_that_does_not_follow_from_the_figures_beside_it_is_found(self):
        good = "| TLS 1.2 ECDSA P-256, 16 at once | 200 | 230 | 260 | 0.87 |"
        self.assertIn(good, self.text)
        fault, = table.faults(self.text.replace(good, good.replace("0.87", "0.77")))
        self.assertIn("the ratio 0.77 isn't 0.87", fault)
        fault, = table.faults(self.text.replace(good, good.replace("230", "330")))
        self.assertIn("isn't 0.77", fault)

    def test_two_workers_are_compared_with_one(self):
        self.assertIn("| TLS 1.3, 200 at once | 200 | 230 | 1.15 |", self.text)

    def test_figures_that_do_not_say_of_which_commit_they_are_are_found(self):
        self.assertEqual(table.faults(self.text.replace("Commit 0123456789", "Some commit")),
                         ["the commit, how it was built and the peers' versions are missing"])

    def test_the_build_is_named(self):
        self.assertIn("Commit 0123456789, the preset `release`, ", self.text)
        said = {**Runs.said, "versions": {**Runs.said["versions"], "mailtap": "mailtap 0.1.0 (0123456789), by profile"}}
        text = table.written(type("ByProfile", (Runs,), {"said": said}), 300)
        self.assertIn("Commit 0123456789, optimised by a profile (`scripts/profiled`), ", text)
        self.assertEqual(table.faults(text), [])


if __name__ == "__main__":
    unittest.main()
