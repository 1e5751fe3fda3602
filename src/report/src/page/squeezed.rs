//! The page's scripts and styles without the white space that only their readers in `page/` need. Names, lines and words
//! stay, so that the source of a page can still be read.

/// Where in a script a character stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Code,
    /// Within quotes of this kind.
    Quoted(char),
    /// Within backquotes, outside of `${…}`.
    Template,
    /// Within `/…/`; in a class of characters or not.
    Pattern(bool),
}

fn of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

/// Whether a `/` behind this begins a pattern; behind a value it divides.
fn pattern_may_begin(behind: &str) -> bool {
    let behind = behind.trim_end();
    match behind.chars().next_back() {
        None => true,
        Some(')' | ']' | '}' | '\'' | '"' | '`') => false,
        Some(last) if of_name(last) => behind.ends_with("return"),
        Some(_) => true,
    }
}

/// A script without indentation, lines of comment, and spaces beside punctuation.
pub(super) fn script(source: &str) -> String {
    let lines = source.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let source = lines.fold(String::new(), |text, line| text + line + "\n");
    let mut out = String::with_capacity(source.len());
    // what `${…}` returns to, with the braces that are open within it
    let mut nested: Vec<usize> = Vec::new();
    let mut place = Place::Code;
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        match place {
            Place::Code => {
                match character {
                    '\'' | '"' => place = Place::Quoted(character),
                    '`' => place = Place::Template,
                    '/' if pattern_may_begin(&out) => place = Place::Pattern(false),
                    '{' => nested
                        .iter_mut()
                        .last()
                        .into_iter()
                        .for_each(|open| *open += 1),
                    '}' => match nested.last_mut() {
                        Some(0) => {
                            nested.pop();
                            place = Place::Template;
                        }
                        Some(open) => *open -= 1,
                        None => {}
                    },
                    ' ' => {
                        let before = out.chars().next_back().unwrap_or(' ');
                        let next = characters.peek().copied().unwrap_or(' ');
                        let words = of_name(before) && of_name(next);
                        // `a + +b` is not `a ++b`
                        let signs = matches!((before, next), ('+', '+') | ('-', '-'));
                        if words || signs {
                            out.push(' ');
                        }
                        continue;
                    }
                    _ => {}
                }
                out.push(character);
            }
            Place::Quoted(mark) => {
                out.push(character);
                if character == '\\' {
                    out.extend(characters.next());
                } else if character == mark {
                    place = Place::Code;
                }
            }
            Place::Template => {
                out.push(character);
                if character == '\\' {
                    out.extend(characters.next());
                } else if character == '`' {
                    place = Place::Code;
                } else if character == '$' && characters.peek() == Some(&'{') {
                    out.extend(characters.next());
                    nested.push(0);
                    place = Place::Code;
                }
            }
            Place::Pattern(in_class) => {
                out.push(character);
                match character {
                    '\\' => out.extend(characters.next()),
                    '[' => place = Place::Pattern(true),
                    ']' => place = Place::Pattern(false),
                    '/' if !in_class => place = Place::Code,
                    _ => {}
                }
            }
        }
    }
    out
}

/// A style sheet without indentation and spaces beside punctuation.
pub(super) fn style(source: &str) -> String {
    let lines: String = source.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let spaces = [
        ("; ", ";"),
        (": ", ":"),
        (" { ", "{"),
        (" }", "}"),
        (";}", "}"),
        (", ", ","),
    ];
    spaces
        .iter()
        .fold(lines, |text, (long, short)| text.replace(long, short))
}

/// Markup without what its parser knows by itself: end tags of cells, rows and items, and the quotes around values of
/// letters, digits and a few signs. Text is escaped, so that a quote or an angle bracket is always markup's own.
pub(super) fn markup(source: &str) -> String {
    const ENDS: [&str; 8] = [
        "</td>", "</th>", "</tr>", "</li>", "</tbody>", "</thead>", "</dt>", "</dd>",
    ];
    let plain = |value: &str| {
        let sign = |c: char| c.is_ascii_alphanumeric() || "-_.:;#%,".contains(c);
        !value.is_empty() && value.chars().all(sign)
    };
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("=\"") {
        out.push_str(before);
        out.push('=');
        let (value, behind) = after.split_once('"').unwrap_or((after, ""));
        // names stay as they are written elsewhere
        if plain(value) && !before.ends_with(" id") {
            out.push_str(value);
        } else {
            out.push('"');
            out.push_str(value);
            out.push('"');
        }
        rest = behind;
    }
    out.push_str(rest);
    ENDS.iter().fold(out, |text, end| text.replace(end, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_punctuation_goes() {
        for (long, short) in [
            ("const a = { b : 'x = y' };", "const a={b:'x = y'};"),
            ("  return a in b ? c : d;", "return a in b?c:d;"),
            (
                "`${ a + `x y ${ {b : 1} }` } = ${c}`",
                "`${a+`x y ${{b:1}}`} = ${c}`",
            ),
            (
                "x = a / b / c, y = /[/] +'/.test(z)",
                "x=a/b/c,y=/[/] +'/.test(z)",
            ),
            ("a + +b - -c + 'it\\'s  so'", "a+ +b- -c+'it\\'s  so'"),
            ("// gone\n  f( 1, 2 );", "f(1,2);"),
            ("(a) / 2 + \"/ x /\"", "(a)/2+\"/ x /\""),
        ] {
            assert_eq!(script(long).trim_end(), short);
        }
    }

    #[test]
    fn markup_keeps_what_its_parser_needs() {
        assert_eq!(
            markup(
                "<tr><td class=\"num\" title=\"a b\">x=&quot;y&quot;</td><td id=\"\">&lt;/td&gt;</td></tr>"
            ),
            "<tr><td class=num title=\"a b\">x=&quot;y&quot;<td id=\"\">&lt;/td&gt;"
        );
    }
}
