#include "inspect/http/services.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::http;

namespace {

std::string shown(std::string_view target, config::NameDisplay names = config::NameDisplay::cut) {
  return shown_path(service_of(target), target, Pseudonyms::make(names).value());
}

}  // namespace

TEST_CASE("a service is known by the first part of its path, whatever the case") {
  CHECK(service_of("/EWS/Exchange.asmx") == Service::ews);
  CHECK(service_of("/ews/exchange.asmx") == Service::ews);
  CHECK(service_of("https://mail.contoso.com/EWS/Exchange.asmx") == Service::ews);
  CHECK(service_of("/ewsx/Exchange.asmx") == Service::http);
  CHECK(service_of("/Autodiscover/Autodiscover.xml") == Service::autodiscover);
  CHECK(service_of("/Microsoft-Server-ActiveSync?Cmd=Sync") == Service::activesync);
  CHECK(service_of("/mapi/nspi/?MailboxId=x") == Service::mapi);
  CHECK(service_of("/rpc/rpcproxy.dll?exchange:6001") == Service::rpc);
  CHECK(service_of("/owa") == Service::owa);
  CHECK(service_of("/exchweb/bin/auth/owaauth.dll") == Service::owa);
  CHECK(service_of("/ecp/") == Service::ecp);
  CHECK(service_of("/OAB/x/oab.xml") == Service::oab);
  CHECK(service_of("/PowerShell?serializationLevel=Full") == Service::powershell);
  CHECK(service_of("/exchange/anna/Inbox/") == Service::webdav);
  CHECK(service_of("/public/Orders/") == Service::webdav);
  CHECK(service_of("*") == Service::http);
  CHECK(service_of("") == Service::http);
}

TEST_CASE("a path is shown without its query, names, subjects, and what looks like a token") {
  CHECK(shown("/EWS/Exchange.asmx?password=secret") == "/EWS/Exchange.asmx");
  CHECK(shown("/owa/?ae=Item&id=RgAAAAB8#frag") == "/owa/");
  CHECK(shown("/owa/anna@contoso.com/") == "/owa/*/");
  CHECK(shown("/owa/anna%40contoso.com/") == "/owa/*/");
  CHECK(shown("/exchange/anna/Inbox/Your%20salary.EML") == "/exchange/*/*");
  CHECK(shown("/public/Board/Minutes.EML") == "/public/*");
  CHECK(shown("/oab/9b7a7e0a-8f3e-4b1d-b0a5-1c2d3e4f5a6b/oab.xml") == "/oab/*/oab.xml");
  CHECK(shown("/reset/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30") == "/reset/*");
  CHECK(shown("/a/b/c/d/e/f/g/h/i/j") == "/a/b/c/d/e/f/g/h/*");
  CHECK(shown("/a b\x1b[2J") == "/*");
  CHECK(shown("*") == "*");
  CHECK(shown("mail.contoso.com:443").empty());
  CHECK(shown("/exchange/anna/", config::NameDisplay::plain) == "/exchange/anna/");
  CHECK(shown("/exchange/anna/", config::NameDisplay::hash).size() ==
        std::string("/exchange/~0123456789/").size());
}

TEST_CASE("ActiveSync's command is read from both forms of the query") {
  CHECK(activesync_command("/Microsoft-Server-ActiveSync?cmd=sync&User=a") == "Sync");
  CHECK(activesync_command("/Microsoft-Server-ActiveSync?User=a&DeviceId=b&Cmd=SEKRIT").empty());
  // [MS-ASHTTP] 4.1: version 14.0 (0x8c? 140), command 0x16 in base64.
  CHECK(activesync_command("/Microsoft-Server-ActiveSync?jAkJBAp2MTQwRGV2aWNl") == "FolderSync");
  CHECK(activesync_command("/Microsoft-Server-ActiveSync?jP8J").empty());
  CHECK(activesync_command("/Microsoft-Server-ActiveSync").empty());
  CHECK(shown("/Microsoft-Server-ActiveSync?Cmd=Ping&DeviceType=My%20Phone&User=anna") ==
        "/Microsoft-Server-ActiveSync?Cmd=Ping");
}

TEST_CASE("a method out of no table is other") {
  CHECK(known_method("BPROPFIND") == "BPROPFIND");
  CHECK(known_method("get") == "other");
  CHECK(known_method("hunter2") == "other");
}
