//! Takes a part out of a WebAssembly module: functions that only it uses go into a second module, which is fetched when the part is
//! needed and shares memory, table and all else with the first. As Binaryen's wasm-split does it, by names instead of a profile.
//!
//! A part is entered through one function, its root. In the first module that becomes a call of a place in the table, which is
//! empty until the second module is there: whoever calls it must have waited. Closures and methods behind a `dyn` are called by
//! their places in the table, too. Those whose names say that they are the part's leave their places empty as well.

mod plan;

use std::collections::BTreeMap;

use plan::{Plan, plan};
use walrus::{
    ConstExpr, ElementItems, ElementKind, FunctionBuilder, FunctionId, FunctionKind, GlobalKind,
    ImportedFunction, Module, ModuleConfig, TableId, ir::Value, passes::gc,
};

pub type Result<T = ()> = std::result::Result<T, String>;

/// What is to be taken out.
pub struct Part {
    /// The path of the function that it is entered through.
    pub root: &'static str,
    /// Its functions have this in their names,
    pub of: &'static str,
    /// and none of these: what the rest of the program needs without it.
    pub but: &'static [&'static str],
}

/// The two modules.
pub struct Halves {
    pub first: Vec<u8>,
    /// Imports all from `p`: the first one's exports.
    pub second: Vec<u8>,
    /// Functions that were moved.
    pub moved: usize,
}

/// The module that both halves import from.
const FIRST: &str = "p";

/// # Errors
/// A module that cannot be read, without names, or without the root.
pub fn split(wasm: &[u8], part: &Part) -> Result<Halves> {
    let mut first = read(wasm)?;
    let plan = plan(&first, part)?;
    let mut second = read(wasm)?;
    keep_rest(&mut first, &plan)?;
    keep_part(&mut second, &plan)?;
    Ok(Halves {
        moved: plan.moved.len(),
        first: first.emit_wasm(),
        second: second.emit_wasm(),
    })
}

fn read(wasm: &[u8]) -> Result<Module> {
    let mut config = ModuleConfig::new();
    config
        .generate_name_section(false)
        .generate_producers_section(false);
    config.parse(wasm).map_err(|e| format!("no module: {e}"))
}

/// The first half: all but what was moved.
fn keep_rest(module: &mut Module, plan: &Plan) -> Result {
    let all = functions(module);
    let table = table(module, plan)?;
    let size = plan.size + plan.roots.len() as u64;
    resize(module, table, size);
    for (number, root) in plan.roots.iter().enumerate() {
        let slot = (plan.size as usize + number) as i32;
        enter(module, all[*root], slot, table);
    }
    let staying: BTreeMap<u32, usize> = plan
        .slots
        .iter()
        .filter(|(_, function)| !plan.moved.contains(function))
        .map(|(slot, function)| (*slot, *function))
        .collect();
    fill(module, table, &staying, &all);
    for (function, name) in &plan.functions {
        module.exports.add(name, all[*function]);
    }
    for (global, name) in &plan.globals {
        let id = module.globals.iter().nth(*global).map(|g| g.id());
        module.exports.add(name, id.ok_or("a global is gone")?);
    }
    for (place, name) in &plan.tables {
        let id = module.tables.iter().nth(*place).map(|t| t.id());
        module.exports.add(name, id.ok_or("a table is gone")?);
    }
    let memory = module.memories.iter().next().map(|m| m.id());
    module.exports.add(MEMORY, memory.ok_or("no memory")?);
    gc::run(module);
    Ok(())
}

/// As what the memory goes by between the halves.
const MEMORY: &str = "_m";

/// The function becomes a call of a place in the table.
fn enter(module: &mut Module, function: FunctionId, slot: i32, table: TableId) {
    let kind = module.funcs.get(function).ty();
    let (params, results) = module.types.params_results(kind);
    let (params, results) = (params.to_vec(), results.to_vec());
    let args: Vec<_> = params.iter().map(|ty| module.locals.add(*ty)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
    let mut body = builder.func_body();
    for arg in &args {
        body.local_get(*arg);
    }
    body.i32_const(slot).call_indirect(kind, table);
    module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(args));
}

/// The second half: what was moved, all else imported.
fn keep_part(module: &mut Module, plan: &Plan) -> Result {
    let all = functions(module);
    let table = table(module, plan)?;
    resize(module, table, plan.size + plan.roots.len() as u64);
    for export in module.exports.iter().map(|e| e.id()).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    module.start = None;
    for data in module.data.iter().map(|d| d.id()).collect::<Vec<_>>() {
        module.data.delete(data);
    }
    for (function, name) in &plan.functions {
        import_function(module, all[*function], name);
    }
    let memory = module.memories.iter().next().map(|m| m.id());
    let memory = memory.ok_or("no memory")?;
    let import = module.imports.add(FIRST, MEMORY, memory);
    let memory = module.memories.get_mut(memory);
    memory.import = Some(import);
    memory.data_segments.clear();
    for (place, name) in &plan.tables {
        let id = module.tables.iter().nth(*place).map(|t| t.id());
        let id = id.ok_or("a table is gone")?;
        let import = module.imports.add(FIRST, name, id);
        module.tables.get_mut(id).import = Some(import);
    }
    for (global, name) in &plan.globals {
        let id = module.globals.iter().nth(*global).map(|g| g.id());
        let id = id.ok_or("a global is gone")?;
        let import = module.imports.add(FIRST, name, id);
        module.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    let mut moved: BTreeMap<u32, usize> = plan.slots.clone();
    moved.retain(|_, function| plan.moved.contains(function));
    for (number, root) in plan.roots.iter().enumerate() {
        moved.insert(plan.size as u32 + number as u32, *root);
    }
    fill(module, table, &moved, &all);
    gc::run(module);
    Ok(())
}

fn import_function(module: &mut Module, function: FunctionId, name: &str) {
    if let FunctionKind::Import(there) = &module.funcs.get(function).kind {
        let import = module.imports.get_mut(there.import);
        import.module = FIRST.into();
        import.name = name.into();
        return;
    }
    let ty = module.funcs.get(function).ty();
    let import = module.imports.add(FIRST, name, function);
    let kind = FunctionKind::Import(ImportedFunction { import, ty });
    module.funcs.get_mut(function).kind = kind;
}

/// By their numbers, which are the same in both readings.
fn functions(module: &Module) -> Vec<FunctionId> {
    module.funcs.iter().map(|f| f.id()).collect()
}

/// The table of functions.
fn table(module: &Module, plan: &Plan) -> Result<TableId> {
    let table = module.tables.iter().nth(plan.table);
    Ok(table.ok_or("no table of functions")?.id())
}

fn resize(module: &mut Module, table: TableId, size: u64) {
    let table = module.tables.get_mut(table);
    table.initial = size;
    table.maximum = table.maximum.map(|most| most.max(size));
}

/// The table's places hold these functions and nothing else.
fn fill(module: &mut Module, table: TableId, slots: &BTreeMap<u32, usize>, all: &[FunctionId]) {
    let old: Vec<_> = module
        .tables
        .get(table)
        .elem_segments
        .iter()
        .copied()
        .collect();
    for segment in old {
        module.elements.delete(segment);
    }
    module.tables.get_mut(table).elem_segments.clear();
    let mut runs: Vec<(u32, Vec<FunctionId>)> = Vec::new();
    for (slot, function) in slots {
        match runs.last_mut() {
            Some((from, run)) if *from + run.len() as u32 == *slot => run.push(all[*function]),
            _ => runs.push((*slot, vec![all[*function]])),
        }
    }
    for (from, run) in runs {
        let offset = ConstExpr::Value(Value::I32(from as i32));
        let kind = ElementKind::Active { table, offset };
        let segment = module.elements.add(kind, ElementItems::Functions(run));
        module.tables.get_mut(table).elem_segments.insert(segment);
    }
}
