#include "bench/tool/contestants.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include <openssl/ssl.h>
#include <unistd.h>

#include "bench/tool/sockets.h"

namespace mailtap::bench {

namespace {

namespace fs = std::filesystem;

constexpr const char* nginx_stream_module = "/usr/lib/nginx/modules/ngx_stream_module.so";

std::string quoted(const fs::path& path) {
  std::string text = "\"";
  return text.append(path.string()).append("\"");
}

std::string address_of(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

struct Plan {
  std::vector<std::string> command;
  std::uint16_t port;  ///< 0: the program says on which it listens
};

/// A new folder, as a program may be started for several scenarios.
fs::path folder_for(const std::string& name, const Terms& terms) {
  auto folder = terms.material.folder() / (terms.scenario.name + "." + name);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  fs::create_directory(folder, ignored);
  return folder;
}

fs::path write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
  return file;
}

// --- mailtap ---------------------------------------------------------------------------------------------

Plan plan_mailtap(const Terms& terms, const fs::path& folder) {
  const auto identity = terms.material.identity(terms.scenario.key);
  std::vector<std::string> command{terms.mailtap,  "run",
                                   "--listen",     "127.0.0.1:0",
                                   "--upstream",   address_of(terms.upstream_port),
                                   "--trust",      terms.material.ca(),
                                   "--workers",    std::to_string(terms.workers),
                                   "--log",        folder / "connections.log",
                                   "--log-format", "json",
                                   "--protocol",   terms.protocol};
  command.emplace_back("--core-dumps");  // else /proc tells only root of its memory
  const bool ends_tls = !terms.observe;
  if (!ends_tls) command.insert(command.end(), {"--mode", "observe", "--name", server_name});
  if (ends_tls) command.insert(command.end(), {"--present", terms.present});
  if (ends_tls && terms.present == "own")
    command.insert(command.end(), {"--cert", identity.cert, "--key", identity.key});
  if (!terms.scenario.crypto.empty()) command.insert(command.end(), {"--crypto", terms.scenario.crypto});
  return {std::move(command), 0};
}

Plan plan_raw_mailtap(const Terms& terms, const fs::path& folder) {
  auto raw = terms;
  raw.protocol = "raw";
  return plan_mailtap(raw, folder);
}

/// With an admin endpoint, whose events somebody reads.
Plan plan_watched_mailtap(const Terms& terms, const fs::path& folder) {
  auto plan = plan_mailtap(terms, folder);
  plan.command.insert(plan.command.end(), {"--admin", "127.0.0.1:0"});
  return plan;
}

Plan plan_two_mailtap(const Terms& terms, const fs::path& folder) {
  auto twice = terms;
  twice.workers *= 2;
  return plan_mailtap(twice, folder);
}

Plan plan_other_mailtap(const Terms& terms, const fs::path& folder) {
  auto other = terms;
  other.mailtap = terms.other;
  return plan_mailtap(other, folder);
}

// The peers, as mailtap, offer and take both versions: client and upstream choose the scenario's.

// --- HAProxy ---------------------------------------------------------------------------------------------

Plan plan_haproxy(const Terms& terms, const fs::path& folder) {
  const auto port = free_port();
  const auto identity = terms.material.identity(terms.scenario.key);
  const std::string versions = " ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3";
  const std::string downstream =
      " ssl crt " + quoted(identity.both) + versions + (terms.scenario.resumed ? "" : " no-tls-tickets");
  const std::string upstream =
      std::string(" ssl sni str(") + server_name + ")" + versions +
      (terms.peers_verify
           ? " verify required ca-file " + quoted(terms.material.ca()) + " verifyhost " + server_name
           : " verify none") +
      (terms.scenario.resumed ? "" : " no-ssl-reuse");
  const auto config =
      write(folder / "haproxy.cfg",
            "global\n  nbthread " + std::to_string(terms.workers) +
                "\n  maxconn 8000\n  log stdout format raw local0 info\n" +
                (terms.scenario.resumed ? "" : "  tune.ssl.cachesize 0\n") +
                "defaults\n  mode tcp\n  log global\n  option tcplog\n"
                "  timeout connect 10s\n  timeout client 600s\n  timeout server 600s\n"
                "listen bench\n  bind " +
                address_of(port) + (terms.observe ? "" : downstream) + "\n  server upstream " +
                address_of(terms.upstream_port) + (terms.observe ? "" : upstream) + "\n");
  return {{"haproxy", "-db", "-f", config}, port};
}

// --- nginx -----------------------------------------------------------------------------------------------

Plan plan_nginx(const Terms& terms, const fs::path& folder) {
  const auto port = free_port();
  const auto identity = terms.material.identity(terms.scenario.key);
  const std::string module = ::access(nginx_stream_module, R_OK) == 0
                                 ? std::string("load_module ") + nginx_stream_module + ";\n"
                                 : "";
  const std::string reuse = terms.scenario.resumed ? "on" : "off";
  const std::string downstream =
      "    ssl_certificate " + quoted(identity.cert) + ";\n    ssl_certificate_key " + quoted(identity.key) +
      ";\n    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_session_tickets " + reuse + ";\n";
  const std::string upstream =
      std::string("    proxy_ssl on;\n    proxy_ssl_protocols TLSv1.2 TLSv1.3;\n") +
      "    proxy_ssl_server_name on;\n    proxy_ssl_name " + server_name + ";\n    proxy_ssl_session_reuse " +
      reuse + ";\n" +
      (terms.peers_verify ? "    proxy_ssl_verify on;\n    proxy_ssl_trusted_certificate " +
                                quoted(terms.material.ca()) + ";\n"
                          : "");
  const auto config = write(
      folder / "nginx.conf",
      module + (::geteuid() == 0 ? "user root;\n" : "") + "daemon off;\nworker_processes " +
          std::to_string(terms.workers) + ";\nworker_rlimit_nofile 16384;\npid " + quoted(folder / "pid") +
          ";\nerror_log " + quoted(folder / "error.log") +
          " warn;\nevents { worker_connections 16000; }\nstream {\n"
          "  log_format bench '$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received "
          "$session_time " +
          (terms.observe ? "" : "$ssl_protocol $ssl_cipher ") +
          "$upstream_addr';\n"
          "  access_log " +
          quoted(folder / "access.log") + " bench buffer=64k flush=1s;\n  server {\n    listen " +
          address_of(port) + (terms.observe ? ";\n" : " ssl;\n" + downstream) + "    proxy_pass " +
          address_of(terms.upstream_port) + ";\n    proxy_timeout 600s;\n" + (terms.observe ? "" : upstream) +
          "  }\n}\n");
  return {{"nginx", "-p", folder, "-e", folder / "error.log", "-c", config}, port};
}

// --- stunnel ---------------------------------------------------------------------------------------------

/// A server and a client in one process, with plain text between them on loopback. A thread a connection:
/// `workers` means nothing to it.
Plan plan_stunnel(const Terms& terms, const fs::path& folder) {
  const auto port = free_port();
  const auto middle = free_port();
  const auto identity = terms.material.identity(terms.scenario.key);
  const std::string versions = "sslVersionMin = TLSv1.2\nsslVersionMax = TLSv1.3\n";
  const std::string reuse = terms.scenario.resumed ? "" : "sessionResume = no\n";
  const auto config = write(
      folder / "stunnel.conf",
      "foreground = yes\npid =\ndebug = notice\nlibwrap = no\noutput = " + (folder / "stunnel.log").string() +
          "\n" + "[down]\naccept = " + address_of(port) + "\nconnect = " + address_of(middle) +
          "\ncert = " + identity.cert.string() + "\nkey = " + identity.key.string() + "\n" + versions +
          reuse + "[up]\nclient = yes\naccept = " + address_of(middle) + "\nconnect = " +
          address_of(terms.upstream_port) + "\nsni = " + server_name + "\n" + versions + reuse +
          (terms.peers_verify ? "verifyChain = yes\nCAfile = " + terms.material.ca().string() +
                                    "\ncheckHost = " + server_name + "\n"
                              : ""));
  return {{"stunnel", config}, port};
}

// --- all of them -----------------------------------------------------------------------------------------

using Planner = Plan (*)(const Terms&, const fs::path&);
const std::map<std::string, Planner> planners{{"mailtap", plan_mailtap},
                                              {"mailtap-raw", plan_raw_mailtap},
                                              {"mailtap-admin", plan_watched_mailtap},
                                              {"mailtap-two", plan_two_mailtap},
                                              {"mailtap-other", plan_other_mailtap},
                                              {"haproxy", plan_haproxy},
                                              {"nginx", plan_nginx},
                                              {"stunnel", plan_stunnel}};

/// From "listening 127.0.0.1:PORT", or what else `words` are; 0: not said yet.
std::uint16_t port_said(const std::string& output, std::string_view words = "listening 127.0.0.1:") {
  const auto at = output.find(words);
  if (at == std::string::npos || output.find('\n', at) == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::stoi(output.substr(at + words.size())));
}

}  // namespace

bool is_mailtap(const std::string& name) {
  return name.starts_with("mailtap");
}

std::string binary_of(const std::string& name, const Terms& terms) {
  if (name == "mailtap-other") return terms.other;
  if (is_mailtap(name)) return terms.mailtap;
  const auto given = terms.binaries.find(name);
  return given == terms.binaries.end() ? name : given->second;
}

Result<Contestant> start_contestant(const std::string& name, const Terms& terms) {
  const auto folder = folder_for(name, terms);
  auto [command, port] = planners.at(name)(terms, folder);
  command.front() = binary_of(name, terms);
  command.insert(command.begin(), terms.wrap.begin(), terms.wrap.end());
  auto process = Child::start(command, folder / "output");
  if (!process) return tl::unexpected(process.error());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!interrupted && std::chrono::steady_clock::now() < until && process->running()) {
    if (port == 0) port = port_said(process->output());
    if (port != 0 && accepts(port)) {
      Contestant started{name, port, std::move(*process), nullptr};
      if (name != "mailtap-admin") return started;
      auto events = EventReader::open(port_said(started.process.output(), "admin at http://127.0.0.1:"));
      if (!events) return tl::unexpected(events.error());
      started.events = std::move(*events);
      return started;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(name + " doesn't accept connections. It said:\n" + process->output());
}

}  // namespace mailtap::bench
