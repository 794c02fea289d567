// `mailtap check`: what a server's certificate, or a file's, is worth.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailtap::commands {

/// What the command line says, as it was written.
struct CheckLine {
  std::vector<std::string> targets;
  std::string targets_file;  ///< "-": standard input
  std::optional<std::size_t> targets_at_once;
  std::string name;
  std::string starttls;
  std::vector<std::string> trust{"system"};
  std::vector<std::string> crl;
  std::string at;
  std::string profile = "rfc5280";
  std::string language;
  std::string timeout;  ///< empty: check::Options' own
  std::string client_cert;
  std::string client_key;
  std::string proxy_protocol;
  std::string as;
  bool json = false;
  bool fetch_aia = false;
  bool fetch_crl = false;
  bool fetch_ocsp = false;
  bool protocols = false;
  bool intolerance = false;
  std::vector<std::string> hellos;
  std::optional<std::size_t> at_once;
  std::string delay;
};

/// The process's exit code.
int run_check(const CheckLine& line);

}  // namespace mailtap::commands
