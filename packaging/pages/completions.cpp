#include <set>
#include <string>

#include "config/base/text.h"
#include "packaging/pages/pages.h"

namespace mailtap::pages {

namespace {

constexpr std::string_view introduction = "Made from the command line's definitions: packaging/pages";

/// Of each command: the names of commands below it, and its options.
std::string words_after(const Command& command) {
  std::vector<std::string> words;
  for (const auto& below : command.commands) words.push_back(below.name());
  for (const auto& option : command.options)
    for (const auto& spelling : option.spellings) words.push_back(spelling);
  return join(words, " ");
}

bool takes_a_file(const Command& command) {
  for (const auto& option : command.options)
    if (option.is_positional() && (option.value.is_file || option.value.name == "TARGET")) return true;
  return false;
}

/// The first sentence, on one line.
std::string short_help(std::string_view help) {
  auto sentence = std::string(help.substr(0, help.find('\n')));
  if (const auto end = sentence.find(". "); end != std::string::npos) sentence.erase(end);
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

/// In single quotes, for a POSIX shell and fish alike: a quote ends the string, is escaped, and begins it
/// anew.
std::string in_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

/// What zsh's _arguments doesn't take for its own signs.
std::string zsh_escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string zsh_action(const Value& value) {
  auto action = ":" + zsh_escaped(value.name) + ":";
  if (!value.words.empty() && !value.is_file) return action + "(" + join(value.words, " ") + ")";
  return action + (value.is_file ? "_files" : " ");
}

std::string zsh_option(const Option& option) {
  if (option.is_positional()) {
    const std::string action = option.value.is_file || option.value.name == "TARGET" ? "_files" : " ";
    return in_quotes((option.repeatable ? "*:" : ":") + zsh_escaped(option.value.name) + ":" + action);
  }
  std::string specs;
  for (const auto& spelling : option.spellings) {
    auto spec = std::string(option.repeatable ? "*" : "") + spelling + "[" +
                zsh_escaped(short_help(option.help)) + "]";
    if (!option.value.name.empty()) spec += (option.value.optional ? ":" : "") + zsh_action(option.value);
    specs += (specs.empty() ? "" : " \\\n    ") + in_quotes(spec);
  }
  return specs;
}

std::string zsh_function(const Command& command) {
  std::string name = "_mailtap";
  for (const auto& word : command.path) name += "_" + word;
  std::string text = name + "() {\n";
  if (command.commands.empty()) {
    text += "  _arguments -S";
    for (const auto& option : command.options) text += " \\\n    " + zsh_option(option);
    return text + "\n}\n\n";
  }
  text += "  local curcontext=$curcontext state line\n  local -a commands=(\n";
  for (const auto& below : command.commands)
    text += "    " + in_quotes(below.name() + ":" + zsh_escaped(short_help(below.summary))) + "\n";
  text += "  )\n  _arguments -C";
  for (const auto& option : command.options) text += " \\\n    " + zsh_option(option);
  text += " \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n";
  text += "    command) _describe command commands ;;\n    rest)\n      case $line[1] in\n";
  for (const auto& below : command.commands)
    text += "        " + below.name() + ") " + name + "_" + below.name() + " ;;\n";
  return text + "      esac\n      ;;\n  esac\n}\n\n";
}

/// In PowerShell's single quotes, in which nothing but a quote means something, and two of them one.
std::string in_powershell(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

/// "@('a', 'b')"
std::string powershell_list(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  quoted.reserve(words.size());
  for (const auto& word : words) quoted.push_back(in_powershell(word));
  return "@(" + join(quoted, ", ") + ")";
}

}  // namespace

std::string bash_completion(const Command& program) {
  std::string paths, values, words;
  for (const auto* command : all_of(program)) {
    const auto path = command->words();
    for (const auto& below : command->commands)
      paths += "      \"" + path + ":" + below.name() + "\") path=\"" + below.words() + "\" ;;\n";
    for (const auto& option : command->options) {
      if (option.value.name.empty() || option.is_positional() || option.value.optional) continue;
      std::string cases;
      for (const auto& spelling : option.spellings)
        cases.append(cases.empty() ? "\"" : "|\"").append(path).append(":").append(spelling).append("\"");
      const auto& known = option.value.words;
      values += "    " + cases + ") ";
      values += option.value.is_file ? "files=yes; words='" + join(known, " ") + "'"
                                     : "words='" + join(known, " ") + "'";
      values += " ;;\n";
    }
    words += "      \"" + path + "\") words='" + words_after(*command) + "'" +
             (takes_a_file(*command) ? "; files=yes" : "") + " ;;\n";
  }
  return "# bash completion for mailtap. " + std::string(introduction) +
         "\n"
         "_mailtap() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= words=none "
         "files= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path:${COMP_WORDS[i]}\" in\n" +
         paths +
         "    esac\n"
         "  done\n"
         "  case \"$path:$before\" in\n" +
         values +
         "    *)\n"
         "      case \"$path\" in\n" +
         words +
         "      esac\n"
         "      [[ $current != -* ]] || files=\n"
         "      ;;\n"
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  if [[ $files ]]; then\n"
         "    compopt -o filenames 2>/dev/null || true\n"
         "    local file\n"
         "    while IFS= read -r file; do COMPREPLY+=(\"$file\"); done < <(compgen -f -- \"$current\")\n"
         "  fi\n"
         "}\n"
         "complete -F _mailtap mailtap\n";
}

std::string zsh_completion(const Command& program) {
  std::string text = "#compdef mailtap\n# " + std::string(introduction) + "\n\n";
  for (const auto* command : all_of(program)) text += zsh_function(*command);
  return text + "_mailtap \"$@\"\n";
}

std::string fish_completion(const Command& program) {
  std::string text = "# fish completion for mailtap. " + std::string(introduction) + "\n";
  text += "complete -c mailtap -f\n";
  for (const auto* command : all_of(program)) {
    std::string condition;
    for (const auto& word : command->path)
      condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    if (!command->commands.empty()) {
      std::vector<std::string> below;
      for (const auto& each : command->commands) below.push_back(each.name());
      condition +=
          (condition.empty() ? "" : "; and ") + ("not __fish_seen_subcommand_from " + join(below, " "));
    }
    const auto line = "complete -c mailtap -n " + in_quotes(condition);
    for (const auto& below : command->commands)
      text += line + " -a " + below.name() + " -d " + in_quotes(short_help(below.summary)) + "\n";
    if (takes_a_file(*command)) text += line + " -F\n";
    for (const auto& option : command->options) {
      if (option.is_positional()) continue;
      text += line;
      for (const auto& spelling : option.spellings)
        text += spelling.starts_with("--") ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1);
      if (!option.value.name.empty() && !option.value.optional)
        text += option.value.is_file ? " -r -F" : " -x";
      if (!option.value.words.empty()) text += " -a " + in_quotes(join(option.value.words, " "));
      text += " -d " + in_quotes(short_help(option.help)) + "\n";
    }
  }
  return text;
}

std::string powershell_completion(const Command& program) {
  std::string commands, options, values;
  for (const auto* command : all_of(program)) {
    const auto path = command->words();
    if (!command->commands.empty()) {
      commands += "    " + in_powershell(path) + " = [ordered]@{\n";
      for (const auto& below : command->commands)
        commands +=
            "      " + in_powershell(below.name()) + " = " + in_powershell(short_help(below.summary)) + "\n";
      commands += "    }\n";
    }
    options += "    " + in_powershell(path) + " = [ordered]@{\n";
    std::set<std::string> seen;  // the same key twice would be an error
    for (const auto& option : command->options)
      for (const auto& spelling : option.spellings) {
        if (!seen.insert(spelling).second) continue;
        options += "      " + in_powershell(spelling) + " = " + in_powershell(short_help(option.help)) + "\n";
        if (option.value.name.empty() || option.value.optional) continue;
        auto key = path;
        key += ' ' + spelling;
        values += "    " + in_powershell(key) + " = " + powershell_list(option.value.words) + "\n";
      }
    options += "    }\n";
  }
  return "# PowerShell completion for mailtap. " + std::string(introduction) +
         "\n"
         "# In your profile (notepad $PROFILE): . 'C:\\Program Files\\mailtap\\mailtap.ps1'\n"
         "Register-ArgumentCompleter -Native -CommandName mailtap, mailtap.exe -ScriptBlock {\n"
         "  param($word, $line, $cursor)\n"
         "  $commands = @{\n" +
         commands +
         "  }\n"
         "  $options = @{\n" +
         options +
         "  }\n"
         "  # Options that take a value, and all that it may be; none: anything.\n"
         "  $values = @{\n" +
         values +
         "  }\n"
         "  $path = ''\n"
         "  $before = ''\n"
         "  foreach ($element in ($line.CommandElements | Select-Object -Skip 1)) {\n"
         "    if ($word -ne '' -and $element.Extent.EndOffset -ge $cursor) { break }\n"
         "    $before = $element.Extent.Text\n"
         "    $longer = \"$path $before\".Trim()\n"
         "    if ($options.ContainsKey($longer)) { $path = $longer }\n"
         "  }\n"
         "  $found = [ordered]@{}\n"
         "  $key = \"$path $before\".Trim()\n"
         "  if ($values.ContainsKey($key)) {\n"
         "    foreach ($value in $values[$key]) { $found[$value] = $value }\n"
         "  } elseif ($word -like '-*') {\n"
         "    $found = $options[$path]\n"
         "  } elseif ($commands.ContainsKey($path)) {\n"
         "    $found = $commands[$path]\n"
         "  }\n"
         "  # Nothing: PowerShell completes the names of files.\n"
         "  foreach ($name in @($found.Keys)) {\n"
         "    if (-not $name.StartsWith($word, [StringComparison]::Ordinal)) { continue }\n"
         "    $about = if ($found[$name]) { $found[$name] } else { $name }\n"
         "    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)\n"
         "  }\n"
         "}\n";
}

}  // namespace mailtap::pages
