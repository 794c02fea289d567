#include "proxy/demo/ews.h"

#include <algorithm>

#include "config/base/text.h"

namespace mailtap::demo::ews {

namespace {

constexpr std::string_view messages = "http://schemas.microsoft.com/exchange/services/2006/messages";
constexpr std::string_view types = "http://schemas.microsoft.com/exchange/services/2006/types";

constexpr std::string_view get_folder_call =
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    "<m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds></m:GetFolder>";
constexpr std::string_view find_item_call =
    "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
    "<m:IndexedPageItemView MaxEntriesReturned=\"10\" Offset=\"0\" BasePoint=\"Beginning\"/>"
    "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds></m:FindItem>";

constexpr std::string_view get_folder_answer =
    "<m:GetFolderResponse><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass=\"Success\">"
    "<m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder><t:FolderId Id=\"AAMkADem\" "
    "ChangeKey=\"AQAA\"/>"
    "<t:DisplayName>Inbox</t:DisplayName><t:TotalCount>2</t:TotalCount><t:UnreadCount>1</t:UnreadCount>"
    "</t:Folder></m:Folders></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>";
constexpr std::string_view find_item_answer =
    "<m:FindItemResponse><m:ResponseMessages><m:FindItemResponseMessage ResponseClass=\"Success\">"
    "<m:ResponseCode>NoError</m:ResponseCode><m:RootFolder TotalItemsInView=\"2\" "
    "IncludesLastItemInRange=\"true\">"
    "<t:Items><t:Message><t:ItemId Id=\"AAMkADem1\" ChangeKey=\"CQAA\"/></t:Message>"
    "<t:Message><t:ItemId Id=\"AAMkADem2\" ChangeKey=\"CQAB\"/></t:Message></t:Items></m:RootFolder>"
    "</m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>";

constexpr std::string_view version_asked = "<t:RequestServerVersion Version=\"Exchange2010_SP2\"/>";
constexpr std::string_view version_told = "<t:ServerVersionInfo MajorVersion=\"14\" MinorVersion=\"3\"/>";

std::string envelope(std::string_view header, std::string_view body) {
  std::string text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<s:Envelope";
  text += " xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"";
  text.append(" xmlns:m=\"").append(messages).append("\" xmlns:t=\"").append(types).append("\">");
  text.append("<s:Header>").append(header).append("</s:Header>");
  text.append("<s:Body>").append(body).append("</s:Body></s:Envelope>\r\n");
  return text;
}

std::string response(std::string_view status, std::string_view headers, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\nServer: Microsoft-IIS/7.5\r\nX-Powered-By: ASP.NET\r\n").append(headers);
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text.append(body);
}

std::string action(Operation operation) {
  return std::string(messages) + "/" + std::string(name_of(operation));
}

}  // namespace

std::string_view name_of(Operation operation) {
  return operation == Operation::get_folder ? "GetFolder" : "FindItem";
}

std::string request(Operation operation, std::string_view host) {
  const auto body =
      envelope(version_asked, operation == Operation::get_folder ? get_folder_call : find_item_call);
  std::string text = "POST " + std::string(path) + " HTTP/1.1\r\n";
  text.append("Host: ").append(host).append("\r\n");
  text += "User-Agent: Microsoft Dynamics CRM E-mail Router (mailtap demo)\r\n";
  text += "Content-Type: text/xml; charset=utf-8\r\n";
  text += "SOAPAction: \"" + action(operation) + "\"\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text + body;
}

std::string respond(std::string_view method, std::string_view target, std::string_view soap_action) {
  constexpr std::string_view folder = "/EWS";
  const bool is_ews = equal_ignoring_case(target.substr(0, folder.size()), folder);
  if (!is_ews) return response("404 Not Found", "", "");
  if (method == "POST" && equal_ignoring_case(target, path)) {
    for (const auto operation : mailbox_poll) {
      if (soap_action != '"' + action(operation) + '"') continue;
      const bool folder_asked = operation == Operation::get_folder;
      return response("200 OK", "Content-Type: text/xml; charset=utf-8\r\n",
                      envelope(version_told, folder_asked ? get_folder_answer : find_item_answer));
    }
  }
  return response("401 Unauthorized", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n", "");
}

}  // namespace mailtap::demo::ews
