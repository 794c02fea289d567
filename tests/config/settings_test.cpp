#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "config/base/file.h"
#include "config/check.h"
#include "tests/source_file.h"

using namespace mailtap;
using namespace mailtap::config;

namespace {

/// Of "--NAME VALUE --NAME VALUE".
RunCommandLine parse(const std::string& arguments) {
  RunCommandLine line;
  std::string option;
  std::istringstream words(arguments);
  for (std::string word; words >> word;)
    if (word.starts_with("--"))
      option = word.substr(2);
    else
      line.given[option].push_back(word);
  return line;
}

Result<Settings> from_command_line(const std::string& arguments) {
  return load_settings(parse(arguments));
}

Result<Settings> from_file(std::string_view text, const std::string& arguments = "") {
  auto line = parse(arguments);
  line.config_file = "m.toml";
  return settings_from(line, text);
}

}  // namespace

TEST_CASE("a listener and an upstream make a route with the documented defaults") {
  const auto settings = from_command_line("--listen :8443 --upstream mail.contoso.com:443");
  REQUIRE(settings);
  REQUIRE(settings->routes.size() == 1);
  const auto& route = settings->routes[0];
  CHECK(route.id == "*:8443");
  CHECK(route.present == Presentation::mirror);
  CHECK(route.trust == std::vector<std::string>{"system"});
  CHECK(route.deadlines.idle == std::chrono::hours(1));
  CHECK(settings->workers >= 1);
}

TEST_CASE("what a route is given takes the place of its defaults", "[posix]") {
  const auto settings = from_command_line(
      "--listen :1 --upstream a:1 --trust system --trust /dev/null --require-trusted true --log - "
      "--idle-timeout 5m");
  REQUIRE(settings);
  CHECK(settings->routes[0].trust == std::vector<std::string>{"system", "/dev/null"});
  CHECK(settings->routes[0].require_trusted);
  CHECK(settings->routes[0].deadlines.idle == std::chrono::minutes(5));
}

TEST_CASE("the certificate shown follows from what is given, unless it is said", "[posix]") {
  const std::string route = "--listen :1 --upstream a:1 ";
  CHECK(from_command_line(route + "--cert /dev/null --key /dev/null")->routes[0].present ==
        Presentation::own);
  CHECK(from_command_line(route + "--ca-cert /dev/null --ca-key /dev/null")->routes[0].present ==
        Presentation::issue);
  CHECK(from_command_line(route + "--ca-cert /dev/null --ca-key /dev/null --present mirror")
            ->routes[0]
            .present == Presentation::mirror);
}

TEST_CASE("every problem of a command line is told, each with its option and remedy", "[posix]") {
  CHECK(from_command_line("--listen 1 --upstream https://x --workers 0").error().message ==
        "--workers: \"0\" is no whole number from 1 to 1024\n"
        "--listen: \"1\" has no port; write it as 127.0.0.1:8443, or :8443 for all addresses\n"
        "--upstream: \"https://x\" is a URL; give host and port alone, such as mail.contoso.com:443");
  CHECK(from_command_line("--listen :1 --cert /dev/null --client-key /dev/null").error().message ==
        "--upstream: is missing; say which server to connect to, such as exchange.contoso.local:443\n"
        "--cert: is given without key; give both\n"
        "--client-key: is given without client-cert; give both");
  CHECK(from_command_line("--listen :1 --upstream a:1 --present own").error().message ==
        "--present: own needs a certificate; give cert and key");
  CHECK(from_command_line("").error().message.find("--listen ADDR:PORT") != std::string::npos);
  CHECK(from_command_line("--listen :1 --upstream a:1 --trust /no/such").error().message ==
        "--trust: /no/such can't be read: No such file or directory; correct the path");
  CHECK(
      from_command_line("--listen 127.0.0.1:1 --upstream 127.0.0.1:1").error().message.find("own listener") !=
      std::string::npos);
}

TEST_CASE("a file's routes take its top as defaults, and the command line comes before both") {
  const auto text = R"(
workers = 3
idle-timeout = 60
log-format = "json"
[[route]]
id = "a"
listen = ":1"
upstream = "a:443"
[[route]]
listen = ":2"
upstream = "b:443"
idle-timeout = "2h"
)";
  const auto settings = from_file(text, "--listen :3 --upstream c:443 --log-format text --workers 2");
  REQUIRE(settings);
  REQUIRE(settings->routes.size() == 3);
  CHECK(settings->workers == 2);
  CHECK(settings->routes[0].id == "a");
  CHECK(settings->routes[0].deadlines.idle == std::chrono::minutes(1));
  CHECK(settings->routes[1].id == "*:2");
  CHECK(settings->routes[1].deadlines.idle == std::chrono::hours(2));
  CHECK(settings->routes[1].origin == "m.toml:9:1");
  CHECK(settings->routes[2].origin == "the command line");
  CHECK(settings->routes[2].deadlines.idle == std::chrono::minutes(1));
  for (const auto& route : settings->routes) CHECK(route.log.format == LogFormat::text);
}

TEST_CASE("application protocols are allowed by name, or none at all, or left to client and server") {
  const std::string route = "--listen :1 --upstream c:443 ";
  CHECK_FALSE(from_command_line(route)->routes[0].alpn);
  CHECK(from_command_line(route + "--alpn http/1.1 --alpn imap")->routes[0].alpn ==
        std::vector<std::string>{"http/1.1", "imap"});
  CHECK(from_command_line(route + "--alpn none")->routes[0].alpn == std::vector<std::string>{});
  CHECK(
      from_command_line(route + "--alpn http2").error().message ==
      "--alpn: \"http2\" is none of h2, http/1.1, http/1.0, imap, pop3, smtp, managesieve; none goes alone");
  CHECK_FALSE(from_command_line(route + "--alpn none --alpn h2"));
}

TEST_CASE("cryptography is chosen by a name, and left to mailtap otherwise") {
  const std::string route = "--listen :1 --upstream c:443 ";
  CHECK(from_command_line(route)->crypto == Cryptography::automatic);
  CHECK(from_command_line(route + "--crypto libcrypto")->crypto == Cryptography::libcrypto);
  CHECK(from_command_line(route + "--crypto openssl").error().message ==
        "--crypto: \"openssl\" is none of auto, portable, libcrypto, multibuffer");
}

TEST_CASE("every mistake of a file is told at once, in its order, with line and column") {
  const auto text = R"(workes = 3
idle-timeout = true
listen = ":1"
[[route]]
lisen = ":1"
trust = ["a", 1]
workers = 2
id = 3
appearance = "red"
)";
  CHECK(from_file(text).error().message ==
        "m.toml:1:1: workes: is no option; did you mean workers?\n"
        "m.toml:2:1: idle-timeout: must be a time in quotes, such as \"10s\", or a whole number of seconds\n"
        "m.toml:3:1: listen: is of one route; move it below a [[route]] line\n"
        "m.toml:5:1: lisen: is no option; did you mean listen?\n"
        "m.toml:6:1: trust: must be a text in quotes, or a list of such: [\"one\", \"two\"]\n"
        "m.toml:7:1: workers: is of the whole process; move it above the first [[route]]\n"
        "m.toml:8:1: id: must be a text in quotes, the route's name in the log: id = \"exchange\"\n"
        "m.toml:9:1: appearance: is no option; docs/configuration.md lists them all");
}

TEST_CASE("invalid TOML is told with its place") {
  CHECK(from_file("workers = \n").error().message.find("m.toml:1:") == 0);
  CHECK(from_file("[route]\n").error().message.find("[[route]], in double brackets") != std::string::npos);
  CHECK(from_file("").error().message == "m.toml: has no route; add [[route]] with listen and upstream");
}

TEST_CASE("listeners that would share connections are refused, wildcards included") {
  const auto two = [](const std::string& a, const std::string& b) {
    return from_file("[[route]]\nlisten = \"" + a +
                     "\"\nupstream = \"u:1\"\n[[route]]\nid = \"b\"\nlisten = \"" + b +
                     "\"\nupstream = \"u:1\"\n");
  };
  CHECK(two("127.0.0.1:1", "127.0.0.1:2"));
  CHECK(two("127.0.0.1:1", "127.0.0.2:1"));
  CHECK(two("0.0.0.0:1", "[::1]:1"));
  CHECK(two(":0", ":0"));
  CHECK_FALSE(two("0.0.0.0:1", "127.0.0.1:1"));
  CHECK_FALSE(two("[::1]:1", "[0::1]:1"));
  CHECK(two("127.0.0.1:1", ":1").error().message ==
        "m.toml:6:1: listen: *:1 takes the same connections as 127.0.0.1:1 of the route at m.toml:1:1; give "
        "one of "
        "them another port");
}

TEST_CASE("an id serves one route") {
  const auto text =
      "[[route]]\nid='x'\nlisten=':1'\nupstream='u:1'\n[[route]]\nid='x'\nlisten=':2'\nupstream='u:1'\n";
  CHECK(from_file(text).error().message ==
        "m.toml:6:1: id: \"x\" is also the route at m.toml:1:1; give each route an id of its own");
}

TEST_CASE("paths in a file are relative to it", "[posix]") {
  RunCommandLine line;
  line.config_file = "/no/such/folder/m.toml";
  const auto failed = settings_from(line, "crl='c.pem'\nlog='-'\n[[route]]\nlisten=':1'\nupstream='u:1'\n");
  CHECK(failed.error().message.find("/no/such/folder/c.pem can't be read") != std::string::npos);
  CHECK(failed.error().message.find("/no/such/folder/-") == std::string::npos);
}

TEST_CASE("config check tells the routes of the packaged example, and what is wrong otherwise") {
  RunCommandLine line;
  line.config_file = tests::source_file("packaging/mailtap.toml");
  const auto good = read_settings(line);
  CHECK(good.problems.empty());
  CHECK(summary(line.config_file, good.settings, Language::english)
            .find("exchange: 127.0.0.1:8443 -> exchange.contoso.local:443\n    name mail.contoso.com, "
                  "present mirror, "
                  "trust system, log - (text)\n") != std::string::npos);
  line.config_file = "/no/such.toml";
  const auto none = read_settings(line);
  REQUIRE(none.problems.size() == 1);
  CHECK(none.problems[0].find("/no/such.toml: can't be read: No such file or directory") == 0);
}

TEST_CASE("what is wrong is told in the language that the wrong settings ask for") {
  const auto folder = make_private_folder(std::filesystem::temp_directory_path(), "mailtap-language-");
  REQUIRE_FALSE(folder.empty());
  const auto language_of = [&folder](const std::string& arguments, std::string_view text) {
    auto line = parse(arguments);
    line.config_file = (folder / "m.toml").string();
    REQUIRE(replace_file(line.config_file, text, FileMode::owner_only));
    return read_settings(line).settings.language;
  };
  CHECK(language_of("", "lang = 'vi'\nnaem = 1\nworkers = \n") == "vi");
  CHECK(language_of("", "[[route]]\nlisten = 'here'\n[[route]]\nlang = 'vi'\n") == "vi");
  CHECK(language_of("--lang vi", "lang = 'en'\n") == "vi");
  CHECK(language_of("", "lang = 'de'\n").empty());
  auto line = parse("--lang vi");
  line.config_file = (folder / "nowhere.toml").string();
  CHECK(message_language(read_settings(line).settings) == Language::vietnamese);
  std::filesystem::remove_all(folder);
}

TEST_CASE("every mistake of a file is told in one run, in its order, and none that follows from another") {
  const auto failed = from_file(
      "workers = 0\n"
      "trust = 'nowhere.pem'\n"
      "[[route]]\n"
      "listen = here\n"
      "upstream = 'mail'\n"
      "[[route]]\n"
      "listen = ':8443'\n"
      "upstraem = 'mail:443'\n"
      "[[route]]\n"
      "listen = ':9443'\n");
  REQUIRE_FALSE(failed);
  const auto& told = failed.error().message;
  std::size_t at = 0;
  for (const auto* wanted :
       {"m.toml:1:1: workers: ", "m.toml:2:1: trust: nowhere.pem can't be read",
        "m.toml:4:", "a text stands in quotes: listen = \"here\"",
        "m.toml:5:1: upstream: ", "m.toml:8:1: upstraem: is no option; did you mean upstream?"}) {
    const auto found = told.find(wanted, at);
    INFO(told << "\nwithout " << wanted);
    REQUIRE(found != std::string::npos);
    at = found;
  }
  CHECK(std::count(told.begin(), told.end(), '\n') == 4);
}

TEST_CASE("docs/configuration.md lists the options as they are") {
  const auto page = read_file(tests::source_file("docs/configuration.md"));
  REQUIRE(page);
  CHECK(page->find(options_as_markdown()) != std::string::npos);
}

// Writes the page's tables anew: config_tests "[update-docs]"
TEST_CASE("docs/configuration.md is brought up to date", "[.][update-docs]") {
  const auto path = tests::source_file("docs/configuration.md");
  auto page = read_file(path).value();
  const auto from = page.find("### Options of a route");
  const auto to = page.find("## The file", from);
  REQUIRE(to != std::string::npos);
  page.replace(from, to - from, options_as_markdown() + "\n");
  CHECK(replace_file(path, page, FileMode::world_readable));
}
