// Errors of settings, in Vietnamese: each that can be made by writing something is made, and none has an
// English word left but those of options, values and examples.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/check.h"

using namespace mailtap;
using namespace mailtap::config;

namespace {

/// Words that English sentences have and Vietnamese ones don't; empty: none is there.
std::string english_in(const std::string& text) {
  static const std::regex others("\"[^\"]*\"|`[^`]*`|/[^ ]*");
  static const std::regex words(
      "(^|[^\\w-])(the|is|isn't|are|of|its|it|which|that|has|have|and|not|with|without|by|from|doesn't|can't|"
      "must|there|this|for|than|give|write|leave|out|no|as|such|be)(?![\\w-])");
  const auto ours = std::regex_replace(text, others, " ");
  std::smatch found;
  return std::regex_search(ours, found, words) ? found[2].str() : "";
}

const std::string good_route = "[[route]]\nlisten = ':0'\nupstream = 'mail:443'\n";
const std::string no_upstream = "[[route]]\nlisten = '127.0.0.1:0'\n";

/// What follows a good route's lines.
const std::vector<std::string> wrong_options{
    "name = ''",
    "name = 'https://a'",
    "name = '[::1]:1'",
    "name = 'a b'",
    "client = 'x'",
    "client = 3",
    "idle-timeout = 'soon'",
    "idle-timeout = '9999d'",
    "idle-timeout = '0'",
    "idle-timeout = true",
    "trace-snap = 'x'",
    "trace-snap = true",
    "max-per-source = -1",
    "max-per-source = 'x'",
    "pin = 'sha1//x'",
    "present = 'x'",
    "alpn = 'x'",
    "trial-hello = 'x'",
    "legacy-tls = 'x'",
    "legacy-tls = 3",
    "lang = 'de'",
    "exchange-status = '?'",
    "cert = ''",
    "cert = [1]",
    "require-trusted = 'yes'",
    "log = 3",
    "allow-from = 'x'",
    "allow-from = '10.0.0.0/99'",
    "allow-from = '10.0.0.1/8'",
    "sni-route = 'x'",
    "sni-route = 'a b=c:1'",
    "sni-route = 'a=c'",
    "connect-allow = '?'",
    "connect-allow = ':443'",
    "legacy-ssl3 = true",
    "connect-proxy = true",
    "transparent = 'redirect'",
    "proxy-protocol = true",
    "proxy-protocol-from = '10.0.0.0/8'",
    "sni-route = ['a.test=b:1', 'a.test=c:1']\nstarttls = true",
    "sni-route = 'a.test=b:1'\nallow-plaintext = true",
    "cert = '/dev/null'",
    "key = '/dev/null'",
    "cert = ['/dev/null', '/dev/null']\nkey = '/dev/null'",
    "ca-cert = '/dev/null'",
    "ca-key = '/dev/null'",
    "ca-key-password-file = '/dev/null'",
    "present = 'own'",
    "present = 'issue'",
    "protocol = 'http'\nstarttls = true",
    "protocol = 'raw'\nallow-plaintext = true",
    "mode = 'observe'\npin-file = '/dev/null'",
    "mode = 'observe'\npresent = 'mirror'",
    "mode = 'observe'\nhello = 'own'",
    "mode = 'observe'\nkeylog = '/dev/null'",
    "mode = 'observe'\nallow-plaintext = true",
    "client-cert = '/dev/null'",
    "crl = '/no/such'",
    "crl = '/dev'",
    "log = '/dev'",
    "log = '/no/such/log'",
    "trace = '/dev/null'",
    "trace-snap = '1K'",
    "workers = 1",
    "nmae = 'x'",
    "qqqqqq = 1",
    "id = 3",
    "name = x",
    "name =",
    "name = \"\\x\"",
    "listen = ':1'",
};

/// What stands above a good route.
const std::vector<std::string> wrong_at_the_top{
    "workers = 0",
    "workers = 'x'",
    "crl-url = 'https://a'",
    "crl-url = 'x'",
    "crl-url = 'http://'",
    "crl-url = 'http://a b'",
    "crl-url = 'http://a'",
    "crl-listen = ':1'",
    "crl-listen = '[::1'",
    "crl-listen = '[::1]x'",
    "crl-listen = 'http://a:1'",
    "crl-listen = '::1:1'",
    "crl-listen = 'a'",
    "crl-listen = ':99999'",
    "crl-listen = 'a:1'",
    "admin = ':1'",
    "admin-host = 'a'",
    "admin = '1'\nadmin-token-file = '/no/such'",
    "alert = 'x'",
    "alert-webhook = 'x'",
    "alert-webhook = 'http://a b'",
    "alert-webhook = 'http://u@a'",
    "alert-webhook = 'http://[x]'",
    "alert-webhook = 'http://a'\nalert-webhook-token-file = '/dev/null'",
    "alert-webhook-timeout = '1s'",
    "alert-command-arg = 'x'",
    "alert-command = '/dev'",
    "alert-command = '/no/such'",
    "alert-command = '/dev/null'",
    "group = 'x'",
    "trace-max-file = '1K'",
    "trace-max-total = '64M'",
    "trace-only = 'failed'",
    "listen = ':1'",
    "route = 3",
    "route = [3]",
    "user = ''",
};

std::vector<std::string> files() {
  std::vector<std::string> all{
      "",
      "workers = 2\n",
      no_upstream,
      good_route + "[[route]\n",
      "[[route]]\nupstream = 'mail:443'\n",
      "[[route]]\nlisten = '127.0.0.1:1'\nupstream = '127.0.0.1:1'\n",
      "[[route]]\nlisten = '127.0.0.1:1'\nsni-route = 'a.test=127.0.0.1:1'\n",
      "[[route]]\nlisten = '127.0.0.1:1'\nconnect-proxy = true\ntransparent = 'tproxy'\nproxy-protocol = "
      "true\n"
      "sni-route = 'a.test=b:1'\n",
      "[[route]]\nlisten = ':1'\nconnect-proxy = true\n",
      "[[route]]\nlisten = ':1'\nupstream = 'a:1'\n[[route]]\nlisten = ':1'\nupstream = 'a:1'\n",
      "[[route]]\nid = 'a'\nlisten = ':1'\nupstream = 'a:1'\n[[route]]\nid = 'a'\nlisten = ':2'\nupstream = "
      "'a:1'\n",
      "admin = ':1'\ncrl-listen = ':1'\n[[route]]\nlisten = ':1'\nupstream = 'a:1'\n"};
  for (const auto& option : wrong_options) all.push_back(good_route + option + "\n");
  for (const auto& option : wrong_at_the_top) all.push_back(option + "\n" + good_route);
  return all;
}

}  // namespace

TEST_CASE("each mistake in a file is told in Vietnamese", "[posix]") {
  RunCommandLine line;
  line.config_file = "m.toml";
  for (const auto& text : files()) {
    const auto settings = settings_from(line, text);
    INFO(text);
    REQUIRE_FALSE(settings);
    const auto& problems = settings.error().message;
    for (std::size_t begin = 0; begin < problems.size();) {
      const auto end = std::min(problems.find('\n', begin), problems.size());
      const auto problem = problems.substr(begin, end - begin);
      const auto told = in_language(problem, Language::vietnamese);
      INFO(told);
      CHECK(told != problem);
      CHECK(english_in(told).empty());
      begin = end + 1;
    }
  }
}
