"""A real Prometheus that scrapes two instances and evaluates the example rules (docs/alerts)."""

import json
import pathlib
import re
import urllib.parse
import urllib.request

import harness
from certificates import Pki
from harness import Process, free_port, wait_until
from wire import Server, client_context, echo, server_context, tls_client, tls_script

RULES = pathlib.Path(__file__).parents[2] / "docs/alerts/mailtap.rules.yml"


class Prometheus(Process):
    """Scrapes these ports every second, and evaluates the rules as often."""

    def __init__(self, folder, ports):
        root = folder / f"prometheus.{free_port()}"
        root.mkdir()
        self.port = free_port()
        targets = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
        file = root / "prometheus.yml"
        file.write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{RULES}"]
scrape_configs:
  - job_name: mailtap
    static_configs: [{{targets: [{targets}]}}]
""")
        super().__init__(folder, "prometheus", ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={root}/data",
                                                f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"])
        self.wait_for(self.is_ready, "to be ready", seconds=60)

    def is_ready(self):
        try:
            self.get("/-/ready")
            return True
        except OSError:
            return False

    def get(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.read()

    def ask(self, what, **parameters):
        """What its API answers."""
        return json.loads(self.get(f"/api/v1/{what}?{urllib.parse.urlencode(parameters)}"))["data"]

    def values(self, query):
        """By instance."""
        return {row["metric"].get("instance"): float(row["value"][1]) for row in self.ask("query", query=query)["result"]}


class Scraped(harness.Claims):
    def test_two_instances_are_told_apart_and_each_rule_can_be_evaluated(self):
        pki = Pki(self.folder)
        upstream = Server(tls_script(server_context(pki.server), echo), seconds=60 * harness.PATIENCE)
        self.addCleanup(upstream.close)
        configuration = ('[[route]]\nid = "exchange"\nlisten = "127.0.0.1:0"\n'
                         f'upstream = "127.0.0.1:{upstream.port}"\nname = "{{}}"\ntrust = ["{pki.upstream_ca.cert}"]\n')
        admins, taps = [], []
        for name in ("mail.test", "another.test"):  # the second is asked for another name than the certificate has
            file = self.folder / f"{name}.toml"
            file.write_text(configuration.format(name))
            tap = self.mailtap(*pki.present["own"][2:], "--config", file, "--admin", "127.0.0.1:0")
            taps.append(tap)
            tap.said("admin at http://")
            admins.append(int(re.search(r"admin at http://127\.0\.0\.1:(\d+)", tap.output())[1]))
        instances = [f"127.0.0.1:{port}" for port in admins]
        for tap, count in zip(taps, (1, 2)):
            for _ in range(count):
                client = tls_client(tap.port, client_context(pki.local_ca))
                client.send(b"x").receive_exactly(1)
                client.close()
                tap.line()
        prometheus = self.started(Prometheus(self.folder, admins))
        wait_until(lambda: prometheus.values('mailtap_connections_total{ending="closed"}') == dict(zip(instances, (1, 2))),
                   "both instances' connections", seconds=60)
        self.assertEqual(prometheus.values("up"), dict.fromkeys(instances, 1))
        self.assertEqual(prometheus.values("mailtap_upstream_certificate_name_matches"), dict(zip(instances, (1, 0))))

        def rules():
            return [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        wait_until(lambda: all(rule["health"] == "ok" for rule in rules()), "each rule to be evaluated", seconds=60)
        self.assertTrue(rules())
        alerts = wait_until(lambda: prometheus.ask("alerts")["alerts"], "an alert", seconds=60)
        self.assertEqual({alert["labels"]["instance"] for alert in alerts}, {instances[1]})
        for tap in taps:
            tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl", "prometheus"])
