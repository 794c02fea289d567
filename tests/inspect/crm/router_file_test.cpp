#include "inspect/crm/router_file.h"

#include <catch2/catch_test_macros.hpp>

#include "inspect/crm/target.h"

using namespace mailtap;
using namespace mailtap::crm;

namespace {

std::vector<Profile> read(const std::string& providers) {
  auto profiles = read_router_file(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Configuration>\r\n"
      "<SystemConfiguration><MaxThreads>50</MaxThreads><Server>no</Server>"
      "</SystemConfiguration>\r\n" +
      providers + "</Configuration>\r\n");
  REQUIRE(profiles);
  return *profiles;
}

Profile read_one(const std::string& settings) {
  const auto profiles = read("<ProviderConfiguration " + settings + "</ProviderConfiguration>");
  REQUIRE(profiles.size() == 1);
  return profiles.front();
}

std::string problem_of(std::string_view xml) {
  const auto profiles = read_router_file(xml);
  return profiles ? "" : profiles.error().message;
}

const std::string pop3 = R"(providerType="Microsoft.Crm.Tools.Email.Providers.Pop3PollingMailboxProvider"
  providerAssembly="Microsoft.Crm.Tools.EmailProviders.dll">)";

}  // namespace

TEST_CASE("a profile has its provider, server, port, TLS and way to log in") {
  const auto profile = read_one(pop3 + R"(
    <EmailServer> mail.contoso.local
    </EmailServer>
    <EmailPort>995</EmailPort><EmailUseSsl>true</EmailUseSsl><EmailAuthMode>ClearText</EmailAuthMode>)");
  CHECK(profile.provider == "Pop3PollingMailboxProvider");
  CHECK(profile.direction == Direction::incoming);
  CHECK(profile.service == Service::pop3);
  CHECK(profile.server == "mail.contoso.local");
  CHECK(profile.port == 995);
  CHECK(profile.ssl == true);
  CHECK(profile.authentication == "ClearText");
  CHECK(profile.entries == 1);
}

TEST_CASE("names of settings count in any letter case, as elements or attributes, with or without Email") {
  const auto profile = read_one(R"(PROVIDERTYPE='A.B.ExchangePollingMailboxProvider, C'
    Server="mail.contoso.local" useSSL="1"><settings><PORT>444</PORT></settings>)");
  CHECK(profile.service == Service::exchange);
  CHECK(profile.server == "mail.contoso.local");
  CHECK(profile.ssl == true);
  CHECK(profile.port == 444);
}

TEST_CASE("what sends is outgoing, unless the file says otherwise") {
  const auto smtp = read_one(R"(providerType="X.SmtpPollingSendEmailProvider"><EmailServer>h</EmailServer>)");
  CHECK(smtp.direction == Direction::outgoing);
  CHECK(smtp.service == Service::smtp);
  CHECK(read_one("type='X.ExchangeSendProvider'>").direction == Direction::outgoing);
  CHECK(read_one("type='X.ExchangeSendProvider'><Direction>Inbound</Direction>").direction ==
        Direction::incoming);
  CHECK(read_one("><Direction>Outgoing</Direction>").direction == Direction::outgoing);
}

TEST_CASE("entries with the same settings are one profile, in the order of the file") {
  const auto entry = [](const std::string& user, const std::string& server) {
    return "<ProviderConfiguration " + pop3 + "<EmailAddress>" + user + "</EmailAddress><EmailServer>" +
           server + "</EmailServer></ProviderConfiguration>";
  };
  const auto profiles = read(entry("a@contoso.local", "one") + entry("b@contoso.local", "two") +
                             entry("c@contoso.local", "ONE"));
  REQUIRE(profiles.size() == 2);
  CHECK(profiles[0].server == "one");
  CHECK(profiles[0].entries == 2);
  CHECK(profiles[1].server == "two");
  CHECK(profiles[1].entries == 1);
}

TEST_CASE("the CRM server that it delivers to is a profile too") {
  const auto one = "<ProviderConfiguration " + pop3 +
                   "<EmailServer>m</EmailServer><CrmServerUrl>https://crm.contoso.local/Org"
                   "</CrmServerUrl></ProviderConfiguration>";
  const auto profiles = read(one + one);
  REQUIRE(profiles.size() == 2);
  CHECK(profiles[1].direction == Direction::crm);
  CHECK(profiles[1].server == "https://crm.contoso.local/Org");
  CHECK(profiles[1].entries == 2);
  CHECK(target_of(profiles[1]).text == "https://crm.contoso.local/Org");
}

TEST_CASE("no user name and no password is read out, wherever it stands") {
  const auto profile = read_one(pop3 + R"(
    <EmailUser>contoso\router</EmailUser><EmailPassword>hidden-1</EmailPassword>
    <EmailServer>https://mail.contoso.local/EWS/Exchange.asmx;a=hidden-2/b?key=hidden-3#hidden-6</EmailServer>
    <Password Server="hidden-4">hidden-5</Password>)");
  CHECK(profile.server == "https://mail.contoso.local/EWS/Exchange.asmx");
  for (const auto& text : {profile.name, profile.provider, profile.server, profile.authentication})
    CHECK(text.find("hidden") == std::string::npos);
}

TEST_CASE("a server that may hold a user and a password is neither shown nor checked") {
  for (const std::string server : {"https://joe:Secret@mail/EWS",
                                   "https://joe:Sec#ret@mail/EWS",
                                   "https://joe:Sec?ret@mail/EWS",
                                   "https://joe:Sec/ret@mail/EWS",
                                   "https://joe:Sec;ret@mail/EWS",
                                   R"(https:\\joe:Secret@h\x)",
                                   R"(\\joe:Secret@h\x)",
                                   R"(https:\\joe:Secret\x)",
                                   "https:/joe:Secret@h/x",
                                   "//joe:Secret@h/x",
                                   "https://joe:Secret%40mail/x",
                                   "https://joe:Secret%2540mail/x",
                                   "https://joe:Secret\uff20mail/x",
                                   "https://joe:Secret/x",
                                   "https://joe:12?Secret%40mail/x",
                                   "https://joe:12#Secret@mail/x",
                                   "joe:Secret@mail",
                                   "joe:Secret",
                                   "https://joe Secret/x",
                                   "https://[joe:Secret]/x",
                                   "https://mail/x,Secret",
                                   "https://mail:1234567/Secret",
                                   "joe:Secret://mail/x",
                                   "joe/Secret://mail"}) {
    for (const std::string setting : {"EmailServer", "CrmServerUrl"}) {
      CAPTURE(server, setting);
      const auto profiles = read("<ProviderConfiguration><" + setting + ">" + server + "</" + setting +
                                 "></ProviderConfiguration>");
      const auto& profile = profiles.back();
      CHECK(profile.is_server_hidden);
      CHECK(profile.server.empty());
      const auto target = target_of(profile);
      CHECK(target.text.empty());
      CHECK(target.note.find("Sec") == std::string::npos);
      CHECK(target.note.find("may hold a password") != std::string::npos);
    }
  }
}

TEST_CASE("hosts and URLs without anything secret are shown as they are") {
  for (const std::string server :
       {"mail", "mail.contoso.local:995", "192.0.2.1", "2001:db8::1", "[2001:db8::1]:995", "ex_1/EWS",
        "https://[2001:db8::1]:8443/EWS/Exchange.asmx", "HTTPS://crm.contoso.local:5555/Org-1/a_b~c"}) {
    CAPTURE(server);
    const auto profile = read_one("><Server>" + server + "</Server>");
    CHECK(profile.server == server);
    CHECK_FALSE(profile.is_server_hidden);
  }
}

TEST_CASE("windows-1252 can be read, and of another encoding it is said what to do") {
  const std::string rest =
      "<Configuration><ProviderConfiguration><Name>K\xf6ln "
      "\x80</Name></ProviderConfiguration></Configuration>";
  for (const std::string encoding : {"windows-1252", "Windows-1252", "CP1252"}) {
    const auto profiles = read_router_file("<?xml version='1.0' encoding='" + encoding + "'?>" + rest);
    REQUIRE(profiles);
    REQUIRE(profiles->size() == 1);
    CHECK(profiles->front().name == "K\u00f6ln \u20ac");
  }
  const auto problem = problem_of("<?xml version='1.0' encoding='windows-1258'?><Configuration/>");
  CHECK(problem.find("\"windows-1258\"") != std::string::npos);
  CHECK(problem.find("save a copy as UTF-8") != std::string::npos);
}

TEST_CASE("UTF-16 and a byte order mark, as editors of Windows write them, can be read") {
  const std::string plain =
      "<Configuration><ProviderConfiguration><Server>h</Server></ProviderConfiguration></Configuration>";
  std::string wide = "\xff\xfe";
  for (const char c : plain) (wide += c) += '\0';
  for (const auto& text : {"\xef\xbb\xbf" + plain, wide}) {
    const auto profiles = read_router_file(text);
    REQUIRE(profiles);
    REQUIRE(profiles->size() == 1);
    CHECK(profiles->front().server == "h");
  }
}

TEST_CASE("a number or a truth that isn't one isn't known") {
  const auto profile = read_one("><Port>0</Port><UseSsl>perhaps</UseSsl>");
  CHECK_FALSE(profile.port);
  CHECK_FALSE(profile.ssl);
  CHECK_FALSE(read_one("><Port>70000</Port>").port);
  CHECK_FALSE(read_one("><Port>25 </Port><Port>26</Port>").port == 26);
}

TEST_CASE("what isn't the router's file is refused, with the line") {
  CHECK(problem_of("").find("no well-formed XML") != std::string::npos);
  CHECK(problem_of("<Configuration>\n<a>\n</Configuration>").starts_with("line 3: "));
  CHECK(problem_of("<html/>").find("its root is <html>, not <Configuration>") != std::string::npos);
  CHECK(problem_of("<!DOCTYPE a [<!ENTITY x \"y\">]><Configuration/>").find("document type") !=
        std::string::npos);
  CHECK(problem_of("<Configuration><ProviderConfiguration><Server>" + std::string(5000, 'x') +
                   "</Server></ProviderConfiguration></Configuration>")
            .find("longer than 2048") != std::string::npos);
  std::string deep = "<Configuration>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK(problem_of(deep).find("64 deep") != std::string::npos);
}

TEST_CASE("a file without profiles is none of ours to complain about") {
  CHECK(read("").empty());
}

TEST_CASE("each service is checked as the router connects to it") {
  Profile profile;
  const auto text = [&](Service service, const char* server, std::optional<std::uint16_t> port,
                        std::optional<bool> ssl) {
    profile.service = service;
    profile.server = server;
    profile.port = port;
    profile.ssl = ssl;
    return target_of(profile).text;
  };
  CHECK(text(Service::pop3, "m", std::nullopt, true) == "pop3s://m");
  CHECK(text(Service::pop3, "m", 995, true) == "pop3s://m");
  CHECK(text(Service::pop3, "m", 1995, true) == "pop3s://m:1995");
  CHECK(text(Service::smtp, "m", 587, true) == "smtp://m:587");
  CHECK(text(Service::smtp, "m", std::nullopt, true) == "smtp://m");
  CHECK(text(Service::exchange, "m", 443, true) == "https://m");
  CHECK(text(Service::exchange, "m", 8443, std::nullopt) == "https://m:8443");
  CHECK(text(Service::exchange, "2001:db8::1", 8443, true) == "https://[2001:db8::1]:8443");
  CHECK(text(Service::exchange, "m:8443", 443, true) == "https://m:8443");
  CHECK(text(Service::exchange, "m/EWS", 8443, true) == "https://m:8443/EWS");
  CHECK(text(Service::smtp, "m:587", 465, true) == "smtp://m:587");
  CHECK(text(Service::smtp, "2001:db8::465", std::nullopt, true) == "smtp://2001:db8::465");
  CHECK(text(Service::unknown, "https://m/EWS/Exchange.asmx", 25, true) == "https://m/EWS/Exchange.asmx");
}

TEST_CASE("what keeps the router from TLS is said") {
  Profile profile;
  CHECK(target_of(profile).text.empty());
  CHECK(target_of(profile).note.find("names no server") != std::string::npos);
  profile.server = "HTTP://mail.contoso.local/EWS/Exchange.asmx";
  CHECK(target_of(profile).text.empty());
  CHECK(target_of(profile).note.find("doesn't use TLS") != std::string::npos);
  profile.server = "mail.contoso.local";
  profile.ssl = false;
  CHECK(target_of(profile).note.find("doesn't use TLS") != std::string::npos);
  profile.service = Service::smtp;
  profile.ssl = true;
  profile.port = 465;
  CHECK(target_of(profile).text == "smtps://mail.contoso.local");
  CHECK(target_of(profile).note.find("STARTTLS alone") != std::string::npos);
}

TEST_CASE("port 465 is remarked upon wherever it is written") {
  Profile profile;
  profile.service = Service::smtp;
  profile.ssl = true;
  const auto remarked = [&](const char* server, const char* target) {
    profile.server = server;
    const auto [text, note] = target_of(profile);
    CHECK(text == target);
    return note.find("STARTTLS alone") != std::string::npos;
  };
  CHECK(remarked("mail.x:465", "smtps://mail.x:465"));
  CHECK(remarked("[2001:db8::1]:465", "smtps://[2001:db8::1]:465"));
  CHECK(remarked("smtp://mail.x:465", "smtps://mail.x:465"));
  CHECK(remarked("smtps://mail.x", "smtps://mail.x"));
  CHECK_FALSE(remarked("mail.x:587", "smtp://mail.x:587"));
  CHECK_FALSE(remarked("smtp://mail.x", "smtp://mail.x"));
  profile.port = 25;
  CHECK(remarked("mail.x:465", "smtps://mail.x:465"));
}

TEST_CASE("a URL with TLS in a profile with SSL switched off is checked, and remarked upon") {
  Profile profile;
  profile.service = Service::exchange;
  profile.server = "https://mail.contoso.local/EWS/Exchange.asmx";
  CHECK(target_of(profile).note.empty());
  profile.ssl = false;
  CHECK(target_of(profile).text == profile.server);
  CHECK(target_of(profile).note.find("SSL is switched off") != std::string::npos);
  profile.server = "smtp://mail.contoso.local";
  CHECK(target_of(profile).text.empty());
  CHECK(target_of(profile).note.find("doesn't use TLS") != std::string::npos);
}
