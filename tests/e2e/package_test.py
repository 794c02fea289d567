"""The Debian package: made by cpack, looked through by lintian, and its life on a machine from install to purge."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

BUILD = pathlib.Path(os.environ.get("MAILTAP_BUILD", ""))
STEPS = pathlib.Path(__file__).with_name("package_steps.sh")
NAMESPACE = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]


def can_overlay():
    """Whether this machine lets this user mount an overlay over its files."""
    tried = ('work=$(mktemp -d) && mount -t tmpfs tmpfs "$work" && mkdir "$work/u" "$work/w" "$work/r" && '
             'mount -t overlay overlay -o "lowerdir=/,upperdir=$work/u,workdir=$work/w" "$work/r"; status=$?; '
             'umount -R "$work"; rmdir "$work"; exit $status')
    return os.geteuid() == 0 and subprocess.run([*NAMESPACE, "sh", "-c", tried], capture_output=True).returncode == 0


class Package(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = subprocess.run(["cpack", "-G", "DEB", "-B", cls.folder / "made"], cwd=BUILD, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if made.returncode != 0:
            raise AssertionError(f"cpack said:\n{made.stdout}")
        cls.package, = (cls.folder / "made").glob("*.deb")

    def test_lintian_finds_no_error(self):
        if not shutil.which("lintian"):
            self.skipTest("NOT TESTED: there is no lintian")
        said = self.run_program("lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", self.package,
                                seconds=60)
        self.assertEqual(re.findall(r"(?m)^E: .*", said), [])

    def test_it_depends_on_what_it_is_linked_with(self):
        depends = self.run_program("dpkg-deb", "-f", self.package, "Depends")
        for name in ("libuv1", "libssl3", "libexpat1", "libnghttp2-14", "libc6", "adduser"):
            self.assertIn(name, depends)

    def test_it_brings_the_documents_with_rules_and_collectors(self):
        brought = {line.split()[5].removeprefix("./usr/share/doc/mailtap/")
                   for line in self.run_program("dpkg-deb", "-c", self.package).splitlines()}
        root = pathlib.Path(__file__).resolve().parents[2]
        wanted = {"README.md", "CHANGELOG.md", "SECURITY.md"} | {str(file.relative_to(root)) for file in (root / "docs").rglob("*")
                                                                   if file.is_file()}
        self.assertIn("docs/alerts/mailtap.rules.yml", wanted)
        self.assertIn("docs/collectors/rsyslog.conf", wanted)
        self.assertEqual(wanted - brought, set())

    def test_the_unit_starts_what_is_in_the_package(self):
        tree = self.folder / "tree"
        self.run_program("dpkg-deb", "-x", self.package, tree)
        unit = (tree / "usr/lib/systemd/system/mailtap.service").read_text()
        program = re.search(r"(?m)^ExecStart=(\S+)", unit)[1]
        self.assertTrue(os.access(tree / program.lstrip("/"), os.X_OK), program)
        self.assertNotIn("@MAILTAP", unit)
        if shutil.which("systemd-analyze"):
            said = self.run_program("systemd-analyze", "security", "--offline=true", "--threshold=20",
                                    tree / "usr/lib/systemd/system/mailtap.service")
            self.assertIn("Overall exposure level", said)
            self.run_program("systemd-analyze", "verify", "--man=no", f"--root={self.rooted(tree)}",
                             "mailtap.service", "mailtap.socket")

    def rooted(self, tree):
        """systemd-analyze wants the targets that the units name."""
        folder = tree / "usr/lib/systemd/system"
        for unit in ("sysinit", "basic", "shutdown", "network-online", "multi-user", "sockets"):
            (folder / f"{unit}.target").write_text("[Unit]\nDescription=a target\nDefaultDependencies=no\n")
        for unit in ("system", "-"):
            (folder / f"{unit}.slice").write_text("[Unit]\nDescription=a slice\n")
        (tree / "bin").symlink_to("usr/bin")
        (tree / "lib").symlink_to("usr/lib")
        (tree / "usr/bin/kill").touch(0o755)
        return tree

    @unittest.skipUnless(can_overlay(), "NOT TESTED: installing the package needs root and an overlay over /")
    def test_it_installs_starts_upgrades_and_purges(self):
        tree = self.folder / "newer"
        self.run_program("dpkg-deb", "-R", self.package, tree)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: .*", "Version: 99.0", control.read_text()))
        newer = self.folder / "newer.deb"
        self.run_program("dpkg-deb", "-Znone", "-b", tree, newer)
        work = self.folder / "work"
        work.mkdir()
        said = self.run_program(*NAMESPACE, "sh", STEPS, self.package, newer, work, seconds=120)
        self.assertTrue(said.rstrip().endswith("== done"), said)


if __name__ == "__main__":
    harness.main(needs=["cpack", "dpkg-shlibdeps"])
