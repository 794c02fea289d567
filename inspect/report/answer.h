// The inventory for people and for programs, with the deadlines that apply (certs/verify/dates.tsv).
#pragma once

#include <string>

#include "certs/verify/question.h"
#include "inspect/report/inventory.h"

namespace mailtap::report {

/// `at`: what is near its end, and how many days are left, as of then.
std::string to_text(const Inventory& inventory, Time at, certs::Language language);
std::string to_json(const Inventory& inventory, Time at, certs::Language language);
/// Whether there is anything to do.
bool has_work(const Inventory& inventory, Time at);
/// Whether a mailbox is told by a pseudonym, which is another one after each start of mailtap.
bool has_pseudonyms(const Inventory& inventory);
/// Whether anything was read that could tell of use; otherwise that there is none is not known.
bool has_read(const Inventory& inventory);

}  // namespace mailtap::report
