//! Which functions a part has to itself, and what it needs of the rest.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, GlobalId, Module,
    TableId,
};

use crate::{Part, Result};

/// Functions, globals and tables are named by their numbers.
pub struct Plan {
    pub roots: Vec<usize>,
    pub moved: BTreeSet<usize>,
    /// What the part needs of the rest, and as what that is exported.
    pub functions: BTreeMap<usize, String>,
    pub globals: BTreeMap<usize, String>,
    pub tables: BTreeMap<usize, String>,
    /// The table of functions, its size, and what is in it.
    pub table: usize,
    pub size: u64,
    pub slots: BTreeMap<u32, usize>,
}

#[derive(Default)]
struct Uses {
    functions: BTreeSet<usize>,
    globals: BTreeSet<usize>,
    tables: BTreeSet<usize>,
}

impl Visitor<'_> for Uses {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.functions.insert(function.index());
    }

    fn visit_global_id(&mut self, global: &GlobalId) {
        self.globals.insert(global.index());
    }

    fn visit_table_id(&mut self, table: &TableId) {
        self.tables.insert(table.index());
    }
}

pub fn plan(module: &Module, part: &Part) -> Result<Plan> {
    let uses: Vec<Uses> = module.funcs.iter().map(|f| uses(&f.kind)).collect();
    let names: Vec<String> = module
        .funcs
        .iter()
        .map(|f| plain(f.name.as_deref()))
        .collect();
    let local = |f: &walrus::Function| matches!(f.kind, FunctionKind::Local(_));
    let local: Vec<bool> = module.funcs.iter().map(local).collect();
    let (table, size, slots) = slots(module)?;
    let exported: BTreeSet<usize> = module.exports.iter().filter_map(exported).collect();
    let roots: Vec<usize> = (0..names.len())
        .filter(|f| names[*f] == part.root)
        .collect();
    if roots.is_empty() {
        return Err(format!("there is no function {}", part.root));
    }
    let mut callers: Vec<BTreeSet<usize>> = names.iter().map(|_| BTreeSet::new()).collect();
    for (caller, uses) in uses.iter().enumerate() {
        for called in &uses.functions {
            callers[*called].insert(caller);
        }
    }

    let named = |f: &usize| {
        names[*f].contains(part.of) && !part.but.iter().any(|but| names[*f].contains(but))
    };
    let may_move = |f: &usize| {
        local[*f] && !exported.contains(f) && module.start.map(|s| s.index()) != Some(*f)
    };
    let mut moved: BTreeSet<usize> = (0..names.len()).filter(named).filter(may_move).collect();
    moved.extend(&roots);
    // What anybody else calls stays.
    loop {
        let stays = |f: &&usize| !roots.contains(f) && !callers[**f].is_subset(&moved);
        let stay: Vec<usize> = moved.iter().filter(stays).copied().collect();
        if stay.is_empty() {
            break;
        }
        moved.retain(|f| !stay.contains(f));
    }
    // What nobody else calls goes along.
    let in_table: BTreeSet<usize> = slots.values().copied().collect();
    loop {
        let goes = |f: &usize| {
            let called = &callers[*f];
            !moved.contains(f)
                && !called.is_empty()
                && called.is_subset(&moved)
                && may_move(f)
                && !in_table.contains(f)
        };
        let go: Vec<usize> = (0..names.len()).filter(goes).collect();
        if go.is_empty() {
            break;
        }
        moved.extend(go);
    }

    let mut needs = Uses::default();
    for function in &moved {
        let uses = &uses[*function];
        needs.functions.extend(uses.functions.difference(&moved));
        needs.globals.extend(&uses.globals);
        needs.tables.extend(&uses.tables);
    }
    needs.tables.insert(table);
    Ok(Plan {
        roots,
        moved,
        functions: exports(needs.functions, "_f"),
        globals: exports(needs.globals, "_g"),
        tables: exports(needs.tables, "_t"),
        table,
        size,
        slots,
    })
}

fn exports(of: BTreeSet<usize>, letter: &str) -> BTreeMap<usize, String> {
    let name = |(place, number)| (number, format!("{letter}{place}"));
    of.into_iter().enumerate().map(name).collect()
}

fn uses(kind: &FunctionKind) -> Uses {
    let mut uses = Uses::default();
    if let FunctionKind::Local(function) = kind {
        dfs_in_order(&mut uses, function, function.entry_block());
    }
    uses
}

fn exported(export: &walrus::Export) -> Option<usize> {
    match export.item {
        ExportItem::Function(function) => Some(function.index()),
        _ => None,
    }
}

/// The path of a function, its crates without their hashes.
fn plain(name: Option<&str>) -> String {
    let name = rustc_demangle::demangle(name.unwrap_or_default()).to_string();
    let mut plain = String::new();
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        plain += before;
        rest = match after.split_once(']') {
            Some((hash, rest)) if is_hash(hash) => rest,
            _ => {
                plain.push('[');
                after
            }
        };
    }
    plain + rest
}

fn is_hash(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

type Slots = (usize, u64, BTreeMap<u32, usize>);

/// The one table that holds functions, and where each stands.
fn slots(module: &Module) -> Result<Slots> {
    let mut found = None;
    let mut slots = BTreeMap::new();
    for element in module.elements.iter() {
        let ElementKind::Active { table, offset } = &element.kind else {
            continue;
        };
        let (ConstExpr::Value(Value::I32(from)), ElementItems::Functions(functions)) =
            (offset, &element.items)
        else {
            return Err("a table is filled in a way that is not known here".into());
        };
        if *found.get_or_insert(*table) != *table {
            return Err("functions stand in two tables".into());
        }
        for (place, function) in functions.iter().enumerate() {
            slots.insert(*from as u32 + place as u32, function.index());
        }
    }
    let table = found.ok_or("no table of functions")?;
    let size = module.tables.get(table).initial;
    Ok((table.index(), size, slots))
}
