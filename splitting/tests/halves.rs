//! A small program with a part, split. That the halves work together is seen in Chromium: every test that opens the Lab.

use splitting::{Part, split};
use walrus::{ExportItem, FunctionKind, Module};

const PART: Part = Part {
    root: "site::lab::draw",
    of: "site::lab::",
    but: &["site::lab::state"],
};

/// The page calls the part's root and a helper; the part calls that helper, one of its own and an import; a closure of each stands
/// in the table, and one of the part's state.
const PROGRAM: &str = r#"(module
  (import "w" "say" (func $say (param i32)))
  (memory (export "memory") 1)
  (global $stack (mut i32) (i32.const 1024))
  (table 6 6 funcref)
  (elem (i32.const 1) $"site::app::{closure}" $"site::lab::view::{closure}" $"site::lab::state::{closure}" $"std::drop<site::lab::view::X>")
  (func $"site::lab::draw" (param i32) (result i32)
    (call $say (local.get 0))
    (call $"helper" (call $"only the lab's" (local.get 0))))
  (func $"only the lab's" (param i32) (result i32)
    (global.set $stack (i32.add (global.get $stack) (local.get 0)))
    (i32.load (i32.const 16)))
  (func $"helper" (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $"site::app::{closure}" (param i32) (result i32) (local.get 0))
  (func $"site::lab::view::{closure}" (param i32) (result i32) (call $"helper" (local.get 0)))
  (func $"site::lab::state::{closure}" (param i32) (result i32) (local.get 0))
  (func $"std::drop<site::lab::view::X>" (param i32) (result i32) (i32.const 7))
  (func $"site::lab::view::shared" (param i32) (result i32) (i32.const 8))
  (func $"site::app::start" (export "start") (param i32) (result i32)
    (call $"helper" (call $"site::lab::view::shared" (call $"site::lab::draw" (local.get 0)))))
  (data (i32.const 16) "\2a\00\00\00"))"#;

fn halves() -> (Module, Module) {
    let program = wat::parse_str(PROGRAM).expect("it is a program");
    let halves = split(&program, &PART).expect("it can be split");
    // The root, what only it calls, and two in the table.
    assert_eq!(halves.moved, 4);
    let read = |bytes: &[u8]| Module::from_buffer(bytes).expect("a module");
    (read(&halves.first), read(&halves.second))
}

fn local(module: &Module) -> usize {
    let all = module.funcs.iter();
    all.filter(|f| matches!(f.kind, FunctionKind::Local(_)))
        .count()
}

#[test]
fn each_half_has_its_functions_and_the_data_stay() {
    let (first, second) = halves();
    // The root as a call of the table's new last place, helper, two closures, what both use, start.
    assert_eq!(local(&first), 6);
    assert_eq!(local(&second), 4);
    assert_eq!(
        (first.data.iter().count(), second.data.iter().count()),
        (1, 0)
    );
    assert_eq!(first.tables.iter().next().map(|t| t.initial), Some(7));
}

#[test]
fn what_the_second_half_needs_the_first_one_has() {
    let (first, second) = halves();
    let has = |name: &str| first.exports.iter().find(|e| e.name == name);
    for import in second.imports.iter() {
        assert_eq!(import.module, "p");
        assert!(has(&import.name).is_some(), "{} is missing", import.name);
    }
    let functions = second.imports.iter();
    let functions = functions.filter(|i| matches!(i.kind, walrus::ImportKind::Function(_)));
    assert_eq!(functions.count(), 2, "the helper and what says");
    // What came from outside goes through the first half.
    let through = first.exports.iter().filter_map(|e| match e.item {
        ExportItem::Function(f) => Some(first.funcs.get(f)),
        _ => None,
    });
    assert!(
        through
            .into_iter()
            .any(|f| matches!(f.kind, FunctionKind::Import(_)))
    );
}

#[test]
fn places_of_the_table_are_filled_once() {
    let (first, second) = halves();
    let places = |module: &Module| -> Vec<i32> {
        let mut all = Vec::new();
        for element in module.elements.iter() {
            let walrus::ElementKind::Active { offset, .. } = &element.kind else {
                panic!("an element that fills nothing");
            };
            let walrus::ConstExpr::Value(walrus::ir::Value::I32(from)) = offset else {
                panic!("an odd offset");
            };
            let walrus::ElementItems::Functions(functions) = &element.items else {
                panic!("no functions");
            };
            all.extend((0..functions.len() as i32).map(|n| from + n));
        }
        all.sort_unstable();
        all
    };
    assert_eq!(places(&first), [1, 3]);
    assert_eq!(places(&second), [2, 4, 6]);
}

#[test]
fn what_cannot_be_split_is_said() {
    assert!(split(b"no module", &PART).is_err());
    let program = wat::parse_str(PROGRAM).expect("it is a program");
    let gone = Part {
        root: "site::lab::gone",
        ..PART
    };
    assert!(split(&program, &gone).is_err_and(|why| why.contains("site::lab::gone")));
}
