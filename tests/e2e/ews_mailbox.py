"""A mailbox behind EWS, as far as a mail client walks through it: answers in the shapes that Microsoft's documentation
gives for each operation ([MS-OXWSFOLD], [MS-OXWSCORE], [MS-OXWSRSLNM], [MS-OXWSMSG]), with one message in the inbox,
and leave to send one."""

import base64
import re

ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo MajorVersion="14" \
MinorVersion="3" MajorBuildNumber="123" MinorBuildNumber="3" Version="Exchange2010_SP2" \
xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body>\
<m:{operation}Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" \
xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>{messages}</m:ResponseMessages>\
</m:{operation}Response></s:Body></s:Envelope>"""

PROPERTY = ('<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/><t:Value>{value}</t:Value>'
            "</t:ExtendedProperty>")
FOLDERS = {"inbox": "Inbox", "sentitems": "Sent Items", "drafts": "Drafts", "deleteditems": "Deleted Items",
           "msgfolderroot": "Top of Information Store", "root": "Root", "calendar": "Calendar", "contacts": "Contacts",
           "tasks": "Tasks", "junkemail": "Junk E-Mail", "outbox": "Outbox"}


class Mailbox:
    """`message`: of the inbox, in RFC 5322's form."""

    def __init__(self, message, owner="anna@contoso.com"):
        self.message, self.owner = message, owner
        self.asked = []  # operations, in order
        self.sent = []  # what was created to be sent, as MIME

    def answer(self, request):
        """The response's body to the request's."""
        operation = re.search(r"<m:(\w+)", request)[1]
        self.asked.append(operation)
        messages = getattr(self, operation, self.unknown)(request)
        return ENVELOPE.format(operation=operation, messages="".join(messages))

    def GetFolder(self, request):
        return [self.good("GetFolder", f"<m:Folders>{self.folder(name)}</m:Folders>") if name in FOLDERS else
                self.bad("GetFolder", "ErrorFolderNotFound", "The specified folder could not be found in the store.")
                for name in re.findall(r'FolderId Id="([^"]+)"', request)]

    def ConvertId(self, _):
        return [self.good("ConvertId", '<m:AlternateId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                          f'xsi:type="t:AlternateIdType" Format="EwsId" Id="root" Mailbox="{self.owner}"/>')]

    def FindFolder(self, _):
        return [self.good("FindFolder", '<m:RootFolder TotalItemsInView="0" IncludesLastItemInRange="true"><t:Folders/>'
                                        "</m:RootFolder>")]

    def ResolveNames(self, _):
        return [self.good("ResolveNames", '<m:ResolutionSet TotalItemsInView="1" IncludesLastItemInRange="true"><t:Resolution>'
                          f"<t:Mailbox><t:Name>Anna</t:Name><t:EmailAddress>{self.owner}</t:EmailAddress>"
                          "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox><t:Contact>"
                          "<t:DisplayName>Anna</t:DisplayName></t:Contact></t:Resolution></m:ResolutionSet>")]

    def FindItem(self, request):
        items = self.item() if 'Id="inbox"' in request else ""
        return [self.good("FindItem", f'<m:RootFolder TotalItemsInView="{1 if items else 0}" IncludesLastItemInRange="true">'
                                      f"<t:Items>{items}</t:Items></m:RootFolder>")]

    def GetItem(self, _):
        mime = base64.b64encode(self.message.encode()).decode()
        return [self.good("GetItem", f'<m:Items>{self.item(f"""<t:MimeContent CharacterSet="UTF-8">{mime}</t:MimeContent>""")}'
                                     "</m:Items>")]

    def UpdateItem(self, _):
        return [self.good("UpdateItem", f"<m:Items>{self.item()}</m:Items>")]

    def CreateItem(self, request):
        if self.sent:  # one message is enough
            return [self.bad("CreateItem", "ErrorSendAsDenied", "The user account doesn't have permission.")]
        self.sent.append(base64.b64decode(re.search(r"<t:MimeContent[^>]*>([^<]*)<", request)[1]).decode())
        return [self.good("CreateItem", "<m:Items/>")]

    @staticmethod
    def good(operation, inside):
        return (f'<m:{operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{inside}'
                f"</m:{operation}ResponseMessage>")

    @staticmethod
    def bad(operation, code, text):
        return (f'<m:{operation}ResponseMessage ResponseClass="Error"><m:MessageText>{text}</m:MessageText><m:ResponseCode>{code}'
                f"</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey></m:{operation}ResponseMessage>")

    def unknown(self, request):
        operation = re.search(r"<m:(\w+)", request)[1]
        return [self.bad(operation, "ErrorInvalidOperation", "The operation isn't known.")]

    @staticmethod
    def folder(name):
        count = 1 if name == "inbox" else 0
        properties = [("0x3001", "String", FOLDERS[name]), ("0x3613", "String", "IPF.Note"), ("0x3602", "Integer", count),
                      ("0x3603", "Integer", count), ("0x670a", "SystemTime", "2026-11-24T12:00:00Z"),
                      ("0x360a", "Boolean", "false"), ("0x6751", "Integer", 2), ("0x3008", "SystemTime", "2026-11-24T12:00:00Z")]
        return (f'<t:Folder><t:FolderId Id="{name}" ChangeKey="AQAAABYAAAB3MK"/><t:DisplayName>{FOLDERS[name]}</t:DisplayName>'
                + "".join(PROPERTY.format(tag=tag, kind=kind, value=value) for tag, kind, value in properties) + "</t:Folder>")

    def item(self, first=""):
        properties = [("0xe23", "Integer", 1), ("0x10f3", "String", "message.EML"), ("0x300b", "Binary", "AAAAAAAA"),
                      ("0xe08", "Integer", len(self.message)), ("0xe07", "Integer", 1), ("0x1090", "Integer", 0),
                      ("0x1081", "Integer", 0), ("0xe06", "SystemTime", "2026-11-24T12:00:00Z"), ("0xe17", "Integer", 0)]
        return (f'<t:Message>{first}<t:ItemId Id="message" ChangeKey="CQAAABYAAAB3MK"/>'
                + "".join(PROPERTY.format(tag=tag, kind=kind, value=value) for tag, kind, value in properties) + "</t:Message>")
