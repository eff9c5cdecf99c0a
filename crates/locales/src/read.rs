//! From Fluent's syntax to messages.

use std::collections::HashMap;

use fluent_syntax::ast::{
    CallArguments, Entry as Node, Expression, InlineExpression, Message, Pattern, PatternElement,
    Term, VariantKey,
};
use fluent_syntax::parser;
use fluent_syntax::unicode::unescape_unicode_to_string;

use crate::Faults;
use crate::message::{Argument, Entry, Kind, Messages, Part, Style, Variant};

/// Messages that hold messages: deeper than this they hold themselves.
const DEEPEST: usize = 8;
/// An argument's place is one digit.
const MOST_ARGUMENTS: usize = 10;

/// The messages of a file, or all that is wrong with it.
pub fn read(text: &str) -> Result<Messages, Faults> {
    let resource = parser::parse(text).map_err(|(_, errors)| {
        let line = |at: usize| text[..at.min(text.len())].lines().count().max(1);
        errors
            .iter()
            .map(|error| format!("line {}: {error}", line(error.pos.start)))
            .collect::<Faults>()
    })?;
    let mut file = File::default();
    for node in &resource.body {
        match node {
            Node::Message(message) => file.keep(message),
            Node::Term(term) => {
                file.terms.insert(term.id.name, term);
            }
            _ => {}
        }
    }
    let mut faults = std::mem::take(&mut file.faults);
    let mut messages = Messages::default();
    for (id, pattern) in &file.order {
        match file.parts(pattern, 0) {
            Ok(parts) => {
                let arguments = file.declared(id, &parts);
                if arguments.len() > MOST_ARGUMENTS {
                    faults.push(format!("{id} has more than {MOST_ARGUMENTS} arguments"));
                }
                let id = id.clone();
                messages.0.push(Entry {
                    id,
                    arguments,
                    parts,
                });
            }
            Err(why) => faults.push(format!("{id}: {why}")),
        }
    }
    faults.extend(file.unused(&messages));
    match faults.is_empty() {
        true => Ok(messages),
        false => Err(faults),
    }
}

#[derive(Default)]
struct File<'a> {
    order: Vec<(String, &'a Pattern<&'a str>)>,
    patterns: HashMap<String, &'a Pattern<&'a str>>,
    terms: HashMap<&'a str, &'a Term<&'a str>>,
    /// What the comment above each message declares.
    comments: HashMap<String, Vec<Argument>>,
    faults: Faults,
}

impl<'a> File<'a> {
    fn keep(&mut self, message: &'a Message<&'a str>) {
        let name = message.id.name;
        let comment = message.comment.iter().flat_map(|c| &c.content);
        let declared = comment.flat_map(|line| declarations(line)).collect();
        self.comments.insert(name.to_owned(), declared);
        let value = message.value.iter().map(|value| (name.to_owned(), value));
        let attributes = message.attributes.iter();
        let attributes = attributes.map(|a| (format!("{name}.{}", a.id.name), &a.value));
        for (id, pattern) in value.chain(attributes) {
            if self.patterns.insert(id.clone(), pattern).is_some() {
                self.faults.push(format!("{id} is there twice"));
                continue;
            }
            self.order.push((id, pattern));
        }
    }

    /// The arguments that a message uses, as its comment declares them, and behind them those that it does not declare.
    fn declared(&self, id: &str, parts: &[Part]) -> Vec<Argument> {
        let all = &self.comments[name_of(id)];
        let mut used = Vec::new();
        Part::uses(parts, &mut |name, _| {
            if !used.iter().any(|other| other == name) {
                used.push(name.to_owned());
            }
        });
        let is_declared = |name: &String| all.iter().any(|a| a.name == *name);
        let declared = all.iter().filter(|a| used.contains(&a.name)).cloned();
        let others = used.iter().filter(|name| !is_declared(name));
        declared
            .chain(others.map(|name| undeclared(name)))
            .collect()
    }

    /// Arguments that a comment declares and neither the message nor its attributes use.
    fn unused(&self, messages: &Messages) -> Faults {
        let mut faults = Vec::new();
        for (name, declared) in &self.comments {
            for argument in declared {
                let uses = |entry: &&Entry| {
                    name_of(&entry.id) == name && entry.arguments.contains(argument)
                };
                if !messages.0.iter().any(|entry| uses(&entry)) {
                    faults.push(format!(
                        "{name}: ${} is declared and not used",
                        argument.name
                    ));
                }
            }
        }
        faults.sort();
        faults
    }

    fn parts(&self, pattern: &Pattern<&'a str>, depth: usize) -> Result<Vec<Part>, String> {
        if depth > DEEPEST {
            return Err("it holds itself".into());
        }
        let mut parts = Vec::new();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => {
                    if value.contains(|c: char| c < ' ' && c != '\n') {
                        return Err("it holds a control character".into());
                    }
                    parts.push(Part::Text(one_line(value)));
                }
                PatternElement::Placeable { expression } => {
                    parts.extend(self.expression(expression, depth)?);
                }
            }
        }
        Ok(parts)
    }

    fn expression(
        &self,
        expression: &Expression<&'a str>,
        depth: usize,
    ) -> Result<Vec<Part>, String> {
        let (selector, variants) = match expression {
            Expression::Inline(inline) => return self.inline(inline, depth),
            Expression::Select { selector, variants } => (selector, variants),
        };
        let InlineExpression::VariableReference { id } = selector else {
            return Err("only an argument can choose".into());
        };
        let variants = variants.iter().map(|variant| {
            let key = match &variant.key {
                VariantKey::Identifier { name } => (*name).to_owned(),
                VariantKey::NumberLiteral { value } => (*value).to_owned(),
            };
            Ok(Variant {
                key,
                parts: self.parts(&variant.value, depth + 1)?,
                usual: variant.default,
            })
        });
        let variants = variants.collect::<Result<_, String>>()?;
        Ok(vec![Part::Chosen(id.name.to_owned(), variants)])
    }

    fn inline(
        &self,
        inline: &InlineExpression<&'a str>,
        depth: usize,
    ) -> Result<Vec<Part>, String> {
        match inline {
            InlineExpression::StringLiteral { value } => {
                let text = unescape_unicode_to_string(value);
                Ok(vec![Part::Kept(text.into_owned())])
            }
            InlineExpression::NumberLiteral { value } => Ok(vec![Part::Kept((*value).to_owned())]),
            InlineExpression::VariableReference { id } => {
                Ok(vec![Part::Filled(id.name.to_owned(), None)])
            }
            InlineExpression::FunctionReference { id, arguments } if id.name == "NUMBER" => {
                let (name, style) = number(arguments)?;
                Ok(vec![Part::Filled(name, Some(style))])
            }
            InlineExpression::FunctionReference { id, .. } => {
                Err(format!("there is no function {}", id.name))
            }
            InlineExpression::MessageReference { id, attribute } => {
                let id = match attribute {
                    Some(attribute) => format!("{}.{}", id.name, attribute.name),
                    None => id.name.to_owned(),
                };
                let pattern = self.patterns.get(&id);
                self.parts(
                    pattern.ok_or(format!("there is no message {id}"))?,
                    depth + 1,
                )
            }
            InlineExpression::TermReference {
                id,
                attribute: None,
                arguments: None,
            } => {
                let term = self.terms.get(id.name);
                let term = term.ok_or(format!("there is no term -{}", id.name))?;
                let kept = |part| match part {
                    Part::Text(text) => Part::Kept(text),
                    other => other,
                };
                let parts = self.parts(&term.value, depth + 1)?;
                Ok(parts.into_iter().map(kept).collect())
            }
            InlineExpression::TermReference { id, .. } => {
                Err(format!("the term -{} takes no arguments here", id.name))
            }
            InlineExpression::Placeable { expression } => self.expression(expression, depth),
        }
    }
}

fn undeclared(name: &str) -> Argument {
    Argument {
        name: name.to_owned(),
        kind: Kind::Undeclared,
    }
}

/// `lab-run` of `lab-run.stop`.
fn name_of(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}

/// Every `$name (Kind)` in a line of a comment.
fn declarations(line: &str) -> Vec<Argument> {
    let parts = line.split('$').skip(1);
    let one = |part: &str| {
        let (name, rest) = part.split_once(" (")?;
        let (kind, _) = rest.split_once(')')?;
        let kind = match kind {
            "Number" => Kind::Number,
            "String" => Kind::String,
            _ => return None,
        };
        let name = name.to_owned();
        Some(Argument { name, kind })
    };
    parts.filter_map(one).collect()
}

/// Lines become one, as a browser would show them.
fn one_line(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut line = lines.next().unwrap_or_default().to_owned();
    for next in lines {
        line.truncate(line.trim_end().len());
        line.push(' ');
        line += next.trim_start();
    }
    line
}

/// The argument of `NUMBER` and how it is written.
fn number(arguments: &CallArguments<&str>) -> Result<(String, Style), String> {
    let [InlineExpression::VariableReference { id }] = &arguments.positional[..] else {
        return Err("NUMBER takes one argument".into());
    };
    let mut style = Style::default();
    for option in &arguments.named {
        let digits = || match &option.value {
            InlineExpression::NumberLiteral { value } => {
                let digits = value.parse().ok().filter(|d| *d < 10_u8);
                digits.ok_or(format!("{value} digits are too many"))
            }
            _ => Err(format!("{} is a number", option.name.name)),
        };
        match option.name.name {
            "minimumIntegerDigits" => style.whole = digits()?,
            "minimumFractionDigits" => style.least = digits()?,
            "maximumFractionDigits" => style.most = digits()?,
            "useGrouping" => style.groups = true,
            other => return Err(format!("NUMBER has no {other} here")),
        }
    }
    style.most = style.most.max(style.least);
    Ok((id.name.to_owned(), style))
}
