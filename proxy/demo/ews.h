// What the router and the mail servers of the demonstration say to each other: Exchange Web Services, the
// two SOAP operations that a mailbox poll consists of.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace mailtap::demo::ews {

constexpr std::string_view path = "/EWS/Exchange.asmx";

enum class Operation { get_folder, find_item };
inline constexpr std::array mailbox_poll{Operation::get_folder, Operation::find_item};
std::string_view name_of(Operation operation);  ///< "GetFolder"

/// A whole HTTP/1.1 request, without credentials. `host`: as it stands in the URL.
std::string request(Operation operation, std::string_view host);

/// A whole HTTP/1.1 response to one request, as an Exchange with an anonymous mailbox would give it: 200 to
/// an operation, 401 to anything else under /EWS, 404 elsewhere. `soap_action` is the header's value.
std::string respond(std::string_view method, std::string_view target, std::string_view soap_action);

}  // namespace mailtap::demo::ews
