// man(7): the macros that every reader of manual pages knows.
#include <algorithm>
#include <string>
#include <utility>

#include "config/options.h"
#include "packaging/pages/pages.h"

namespace mailtap::pages {

namespace {

/// Text that troff takes for nothing else. A line's first character gets the guard of the caller.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\')
      safe += "\\e";
    else if (c == '-')
      safe += "\\-";
    else if (c == '\'')
      safe += "\\(aq";
    else if (c == '`')
      safe += "\\(ga";
    else if (c == '^')
      safe += "\\(ha";
    else if (c == '~')
      safe += "\\(ti";
    else
      safe += c;
  }
  return safe;
}

std::string upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

class Writer {
 public:
  Writer(std::string_view name, int section, std::string_view date, std::string_view version) {
    out_ = ".\\\" Made from the command line's definitions: packaging/pages\n.TH " + escaped(upper(name)) +
           " " + std::to_string(section) + " " + std::string(date) + " \"" + escaped(version) +
           "\" \"mailtap\"\n";
  }

  void section(std::string_view title) { out_ += ".SH " + std::string(title) + "\n"; }
  void subsection(std::string_view title) { out_ += ".SS \"" + escaped(title) + "\"\n"; }
  void line(std::string_view text) { out_ += "\\&" + escaped(text) + "\n"; }
  /// As it stands.
  void raw(const std::string& text) { out_ += text; }
  void entry(const std::string& tag, std::string_view text) {
    out_ += ".TP\n" + tag + "\n";
    line(text);
  }
  /// Prose; what is indented by two spaces and more is an example.
  void text(std::string_view text) {
    bool in_example = false, in_paragraph = false;
    const auto end_example = [&] {
      if (in_example) out_ += ".EE\n";
      in_example = false;
    };
    for (const auto line_text : lines_of(text)) {
      if (line_text.empty()) {
        end_example();
        in_paragraph = false;
      } else if (line_text.starts_with("  ")) {
        if (!in_example) new_paragraph(), out_ += ".EX\n";
        in_example = true;
        in_paragraph = false;
        line(line_text);
      } else {
        end_example();
        if (!in_paragraph) new_paragraph();
        in_paragraph = true;
        line(line_text);
      }
    }
    end_example();
  }
  std::string take() { return std::move(out_); }

 private:
  /// A heading begins one by itself.
  void new_paragraph() {
    const auto last = out_.rfind('\n', out_.size() - 2);
    if (!std::string_view(out_).substr(last + 1).starts_with(".SH")) out_ += ".PP\n";
  }

  std::string out_;
};

std::string tag_of(const Option& option) {
  std::string tag;
  for (const auto& spelling : option.spellings)
    tag += (tag.empty() ? "" : ", ") + ("\\fB" + escaped(spelling) + "\\fR");
  if (option.value.name.empty()) return tag;
  const auto value = "\\fI" + escaped(option.value.name) + "\\fR";
  return tag + (tag.empty() ? value : option.value.optional ? " [" + value + "]" : " " + value);
}

void write_options(Writer& page, const Command& command) {
  std::string group;
  for (const auto& option : command.options) {
    if (option.is_positional()) continue;
    if (option.group != group && option.group != "Options")
      page.subsection(option.group + (option.group.find(' ') == std::string::npos ? " options" : ""));
    group = option.group;
    std::string help = option.help;
    if (option.required) help += " (required)";
    page.entry(tag_of(option), help);
  }
}

void write_positionals(Writer& page, const Command& command) {
  for (const auto& option : command.options)
    if (option.is_positional()) page.entry(tag_of(option), option.help);
}

std::string synopsis(const Command& command) {
  std::string line = "\\fBmailtap " + escaped(command.words()) + "\\fR";
  for (const auto& option : command.options)
    if (!option.is_positional() && option.required) line += " " + tag_of(option);
  line += " [\\fIoptions\\fR]";
  for (const auto& option : command.options)
    if (option.is_positional())
      line += " " + std::string(option.required ? "" : "[") + tag_of(option) +
              (option.repeatable ? " ..." : "") + (option.required ? "" : "]");
  return line;
}

std::string first_line(std::string_view text) {
  auto line = std::string(text.substr(0, text.find('\n')));
  if (line.ends_with('.')) line.pop_back();
  if (!line.empty() && line[0] >= 'A' && line[0] <= 'Z' &&
      (line.size() < 2 || line[1] < 'A' || line[1] > 'Z'))
    line[0] = static_cast<char>(line[0] - 'A' + 'a');
  return line;
}

void see_also(Writer& page, const Command& program, std::string_view but) {
  page.section("SEE ALSO");
  std::vector<std::pair<std::string, int>> names{{"mailtap", 1}};
  for (const auto& command : program.commands) names.emplace_back("mailtap-" + command.name(), 1);
  names.emplace_back("mailtap.toml", 5);
  std::erase_if(names, [&](const auto& name) { return name.first == but; });
  for (const auto& [name, number] : names)
    page.raw(".BR " + escaped(name) + " (" + std::to_string(number) + ")" +
             (name == names.back().first ? "\n" : ",\n"));
}

void name_of_page(Writer& page, const std::string& name, std::string_view what) {
  page.section("NAME");
  page.raw(escaped(name) + " \\- " + escaped(what) + "\n");
}

Page program_page(const Command& program, std::string_view date, std::string_view version) {
  Writer page("mailtap", 1, date, version);
  name_of_page(page, "mailtap", "TLS interception proxy for mailbox traffic");
  page.section("SYNOPSIS");
  for (const auto& command : program.commands) {
    page.raw("\\fBmailtap " + escaped(command.name()) + "\\fR [\\fIoptions\\fR]\n");
    if (&command != &program.commands.back()) page.raw(".br\n");
  }
  page.section("DESCRIPTION");
  page.text(program.summary);
  page.section("COMMANDS");
  for (const auto& command : program.commands)
    page.entry("\\fB" + escaped(command.name()) + "\\fR", first_line(command.summary));
  page.section("OPTIONS");
  write_options(page, program);
  see_also(page, program, "mailtap");
  return {"mailtap.1", page.take()};
}

Page command_page(const Command& program, const Command& command, std::string_view date,
                  std::string_view version) {
  const auto name = "mailtap-" + command.name();
  Writer page(name, 1, date, version);
  name_of_page(page, name, first_line(command.summary));
  const auto all = all_of(command);
  page.section("SYNOPSIS");
  bool is_first = true;
  for (const auto* each : all) {
    if (!each->commands.empty()) continue;
    page.raw((is_first ? "" : ".br\n") + synopsis(*each) + "\n");
    is_first = false;
  }
  page.section("DESCRIPTION");
  page.text(command.summary);
  if (!command.footer.empty()) page.text(command.footer);
  page.section("OPTIONS");
  write_positionals(page, command);
  write_options(page, command);
  for (const auto* each : all) {
    if (each == &command) continue;
    page.section(escaped(upper(each->words())));
    page.text(each->summary);
    write_positionals(page, *each);
    write_options(page, *each);
    if (!each->footer.empty()) page.text(each->footer);
  }
  see_also(page, program, name);
  return {name + ".1", page.take()};
}

void write_table(Writer& page, config::OptionScope scope) {
  for (const auto& option : config::all_options()) {
    if (option.scope != scope) continue;
    std::string tag = "\\fB" + escaped(option.name) + "\\fR = ";
    if (option.kind == config::OptionKind::flag)
      tag += "true|false";
    else if (option.kind == config::OptionKind::side)
      tag += "true|false|\"upstream\"|\"downstream\"";
    else
      tag += "\\fI" + escaped(option.value_name) + "\\fR";
    if (option.repeatable) tag += ", one or a list";
    std::string help(option.help);
    if (!option.default_text.empty()) help += " Default: " + std::string(option.default_text) + ".";
    page.entry(tag, help);
  }
}

Page file_page(const Command& program, std::string_view date, std::string_view version) {
  Writer page("mailtap.toml", 5, date, version);
  name_of_page(page, "mailtap.toml", "configuration file of mailtap run");
  page.section("DESCRIPTION");
  page.text(
      "A file in TOML that mailtap run --config reads, and reads again on SIGHUP. Each [[route]] is a\n"
      "listening address with its upstream; options of a route at the top of the file hold for all routes.\n"
      "Every option has the same name on the command line, which comes before the file. Relative paths are\n"
      "relative to the file. mailtap config check FILE says what is wrong with it.\n");
  page.section("OPTIONS OF A ROUTE");
  page.entry("\\fBid\\fR = \\fITEXT\\fR", "Its name in the log. Default: the listening address.");
  write_table(page, config::OptionScope::route);
  page.section("OPTIONS OF THE PROCESS");
  write_table(page, config::OptionScope::process);
  page.section("EXAMPLES");
  page.text(
      "  log-format = \"json\"\n"
      "\n"
      "  [[route]]\n"
      "  id = \"exchange\"\n"
      "  listen = \":8443\"\n"
      "  upstream = \"exchange.contoso.local:443\"\n"
      "  name = \"mail.contoso.com\"\n");
  page.section("FILES");
  page.entry("\\fI/etc/mailtap/mailtap.toml\\fR", "What the service mailtap runs with.");
  see_also(page, program, "mailtap.toml");
  return {"mailtap.toml.5", page.take()};
}

}  // namespace

std::vector<Page> man_pages(const Command& program, std::string_view date, std::string_view version) {
  std::vector<Page> pages{program_page(program, date, version)};
  for (const auto& command : program.commands) pages.push_back(command_page(program, command, date, version));
  pages.push_back(file_page(program, date, version));
  return pages;
}

}  // namespace mailtap::pages
