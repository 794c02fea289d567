// An EWS conversation as a router has it, in the sizes of [MS-OXWSFOLD] 4.1's example: GetFolder and its
// answer.
#pragma once

#include <string>

namespace mailtap::bench {

inline std::string ews_envelope(const std::string& inside) {
  return R"(<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><soap:Header><t:RequestServerVersion )"
         R"(Version="Exchange2010_SP2"/></soap:Header><soap:Body>)" +
         inside + "</soap:Body></soap:Envelope>";
}

inline std::string ews_request() {
  const auto body = ews_envelope(
      R"(<GetFolder xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><FolderShape><t:BaseShape>Default)"
      R"(</t:BaseShape></FolderShape><FolderIds><t:DistinguishedFolderId Id="inbox"/></FolderIds></GetFolder>)");
  return "POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Type: text/xml; charset=utf-8\r\nAccept: "
         "text/xml\r\nUser-Agent: "
         "ExchangeServicesClient/15.00.0913.015\r\nAccept-Encoding: gzip,deflate\r\nAuthorization: Basic "
         "Y29udG9zb1xyb3V0ZXI6cGFzc3dvcmQ=\r\nHost: mail.contoso.com\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: Keep-Alive\r\n\r\n" + body;
}

/// Of a response whose body has `size` bytes.
inline std::string ews_response_head(std::size_t size) {
  return "HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Type: text/xml; charset=utf-8\r\nServer: "
         "Microsoft-IIS/7.5\r\n"
         "X-AspNet-Version: 2.0.50727\r\nX-Powered-By: ASP.NET\r\nDate: Tue, 24 Nov 2026 12:00:00 "
         "GMT\r\nContent-Length: " +
         std::to_string(size) + "\r\n\r\n";
}

inline std::string ews_response() {
  const auto body = ews_envelope(
      R"(<m:GetFolderResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><m:ResponseMessages>)"
      R"(<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder>)"
      R"(<t:FolderId Id="AQAnAGFubmFAY29udG9zby5jb20ALgAAA0x0JVdwCkRMlSEeHAAAAA==" ChangeKey="AQAAABYAAAB3MK"/>)"
      R"(<t:DisplayName>Inbox</t:DisplayName><t:TotalCount>2</t:TotalCount><t:ChildFolderCount>0</t:ChildFolderCount>)"
      R"(<t:UnreadCount>1</t:UnreadCount></t:Folder></m:Folders></m:GetFolderResponseMessage></m:ResponseMessages>)"
      R"(</m:GetFolderResponse>)");
  return ews_response_head(body.size()) + body;
}

}  // namespace mailtap::bench
