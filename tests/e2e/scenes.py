"""Set-ups that several test files share: classes to derive a test class from."""

import harness
from certificates import Pki
from servers import TELLING, Nginx, certified
from wire import Server, echo, server_context, tls_script


class WithPki(harness.Claims):
    """`pki`, made once for the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)


class WithEcho(WithPki):
    """And `echo`, a TLS server anew for each test, which sends back what it receives."""

    ECHO = {}  # options of wire.Server

    def setUp(self):
        self.echo = Server(tls_script(server_context(self.pki.server), echo), **self.ECHO)
        self.addCleanup(self.echo.close)


class WithGoodAndWrong(WithPki):
    """And an nginx with two ports: `good` is mail.test, `wrong` has a certificate of another name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.pki.upstream_ca.leaf("other.test")
        cls.nginx = cls.started_for_all(Nginx(cls.folder, f"listen {{port}} ssl; {certified(cls.pki.server)} {TELLING}",
                                              f"listen {{port}} ssl; {certified(other)} {TELLING}"))
        cls.good, cls.wrong = cls.nginx.ports
