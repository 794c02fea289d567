// The sentences that mailtap says of verdicts; in other languages they are what config/base/phrases.tsv has
// for them. {name}, {names}, {hosts}, {subject}, {root}, {DETAIL}, {client}, {message}, {DAYS}, {file},
// {fetch}, {server}, {BIND} and {RULES} stand for what is put in. What is done on the server is in
// server_texts.cpp, by the program that it is.
#pragma once

#include <string_view>

#include "certs/verify/question.h"

namespace mailtap::certs {

struct Texts {
  // Advice: one sentence each.
  std::string_view self_signed;
  std::string_view self_signed_faulty;
  std::string_view untrusted_root;
  std::string_view incomplete_chain;
  std::string_view expired;
  std::string_view not_yet_valid;
  std::string_view revoked;
  std::string_view other_fault;
  std::string_view name_mismatch;
  std::string_view name_without_host;
  std::string_view name_by_cn;
  std::string_view address_as_dns;
  std::string_view ends_soon;
  std::string_view nothing_sent;
  std::string_view same_name;
  std::string_view revocation_unknown;
  std::string_view revocation_unanswered;
  std::string_view key_compromised;
  std::string_view unverifiable;
  std::string_view missing_staple;
  // Of the certificates above the server's: {ca}.
  std::string_view expired_intermediate;
  std::string_view early_intermediate;
  std::string_view revoked_intermediate;
  std::string_view faulty_intermediate;
  std::string_view intermediate_revocation_unknown;
  std::string_view intermediate_revocation_unanswered;
  std::string_view expired_root;
  std::string_view faulty_root;
  std::string_view intermediate_ends_soon;
  std::string_view root_ends_soon;

  // Of a client's certificate that is for servers alone; {rules} are some of the three after it.
  std::string_view unfit_for_clients;
  std::string_view renewal_unfit_for_clients;
  std::string_view no_client_auth, no_client_auth_unless_asked, no_client_auth_of_all;
  std::string_view client_accepts, client_refuses;  // of the router's own program

  // Steps: one line each.
  std::string_view save_certificate;
  std::string_view save_new;
  std::string_view save_root;
  std::string_view save_root_above;
  std::string_view import_windows;
  std::string_view import_linux;
  std::string_view import_java, import_node, import_nss, import_thunderbird, import_own;
  std::string_view better_signed;
  std::string_view compare_keys;
  std::string_view publish_list;
  std::string_view try_lists;
  std::string_view mend_responder;
  std::string_view staple_instead;
  std::string_view make_new_key;
  std::string_view staple_responses;
  std::string_view reissue_verifiable;
  std::string_view reissue;
  std::string_view get_intermediate;
  std::string_view else_reissue;
  std::string_view reissue_elsewhere;
  std::string_view see_profile_url;
  std::string_view change_url;
  std::string_view or_reissue_with_name, reissue_with_name;
  std::string_view see_settings;  // of another program than the E-mail Router
  std::string_view restart_router, restart_program;
};

const Texts& texts_of(Language language);

}  // namespace mailtap::certs
