//! Faults of storage: nothing that anyone made is lost.

use std::path::Path;

use anyhow::{Context, ensure};
use data::problem::StorageProblem;
use e2e::{
    Browser, Device, LONG, ON_CPU, Page, Result, SHORT, Setup, TempDir, access, before_engines,
    case, case_script, case_with, made_photos, photo, report, sample_classes, says_storage, until,
};
use serde_json::json;

/// Faults that a worker has when the test says so, by name, from its next start on.
const FAULTS: &str = r"
const fault = await (await (await caches.open('faults')).match(new URL('/fault', import.meta.url)))?.text() ?? '';
const [what, how, at] = fault.split(' ');
if (what === 'read') {
    const { getAll } = IDBObjectStore.prototype;
    let readings = 0;
    IDBObjectStore.prototype.getAll = function (...range) {
        readings += 1;
        const fails = at === 'always' || readings === Number(at);
        if (fails && how === 'throws') throw new DOMException('made to fail', 'UnknownError');
        const request = getAll.apply(this, range);
        if (fails) this.transaction.abort();
        return request;
    };
}
if (what === 'get') {
    const { get } = IDBObjectStore.prototype;
    let readings = 0;
    IDBObjectStore.prototype.get = function (key) {
        readings += 1;
        if (readings <= Number(at)) throw new DOMException('made to fail', 'UnknownError');
        return get.call(this, key);
    };
}
if (what === 'write') {
    const { transaction } = IDBDatabase.prototype;
    let writings = 0;
    IDBDatabase.prototype.transaction = function (tables, mode, ...rest) {
        if (mode === 'readwrite') writings += 1;
        const fails = mode === 'readwrite' && writings === Number(at);
        if (fails && how === 'throws') throw new DOMException('made to fail', 'UnknownError');
        const made = transaction.call(this, tables, mode, ...rest);
        if (fails) queueMicrotask(() => made.abort());
        return made;
    };
}
if (what === 'start') throw new Error('broken by the test');
if (what === 'file') {
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = function () {
        if (this.size !== Number(at)) return arrayBuffer.call(this);
        setTimeout(() => { throw new Error('broken by the test'); });
        return new Promise(() => {});
    };
}
if (what === 'zip') {
    // In the middle of reading one of its photos the program is cut off, as by a trap.
    const [from, to] = [Number(how), Number(at)];
    const { slice } = Blob.prototype;
    const { readAsArrayBuffer } = FileReaderSync.prototype;
    const broken = new WeakSet();
    Blob.prototype.slice = function (start, ...rest) {
        const piece = slice.call(this, start, ...rest);
        if (from <= start && start < to) broken.add(piece);
        return piece;
    };
    FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
        if (!broken.has(blob)) return readAsArrayBuffer.call(this, blob);
        return { get length() { throw new Error('broken by the test'); } };
    };
}
if (what === 'grows' && self.name.startsWith('worker')) {
    const started = await caches.open('started');
    await started.put(new URL(`/${Math.random()}`, import.meta.url), new Response(''));
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...args) => {
        const made = await instantiateStreaming.apply(WebAssembly, args);
        new BroadcastChannel('grow').onmessage = () => made.instance.exports.memory.grow(Number(how) / 65536);
        return made;
    };
}
new BroadcastChannel('break').onmessage = () => { throw new Error('broken by the test'); };
";

pub fn faulty(site: &Path) -> Result {
    before_engines(site, &ON_CPU, FAULTS)
}

/// The fault of the workers that start from now on.
pub async fn fault(page: &Page, fault: &str) -> Result {
    let script = "return caches.open('faults').then(c => c.put('/fault', new Response(arguments[0]))).then(() => true);";
    page.ask::<bool>(script, &[json!(fault)]).await?;
    Ok(())
}

pub const BREAK: &str = "new BroadcastChannel('break').postMessage('now');";

/// Two classes of five photos, and a head.
pub async fn make(page: &Page) -> Result {
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..5]).await?;
    }
    page.embedded(10, LONG).await?;
    page.train(LONG).await?;
    Ok(())
}

async fn is_stored(page: &Page, wanted: bool) -> Result {
    until(&format!("stored to be {wanted}"), LONG, async || {
        Ok((access(page).await?.stored == wanted).then_some(()))
    })
    .await
}

#[test]
fn reading_that_fails_once_is_tried_again_and_reading_that_always_fails_changes_nothing() {
    case_with(
        faulty,
        "reads-fail",
        Device::Cpu,
        async |browser: &Browser| {
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            make(page).await?;
            let before = report(page).await?;
            ensure!(before.is_whole() && before.photos == 10, "{before:?}");
            for once in [
                "read throws 1",
                "read aborts 1",
                "read throws 2",
                "read aborts 2",
                "get throws 3",
            ] {
                fault(page, once).await?;
                page.reload().await?;
                page.embedded(10, LONG).await?;
                ensure!(access(page).await?.writer, "{once}: the project is closed");
                let now = report(page).await?;
                ensure!(now == before, "{once}: {before:?} became {now:?}");
            }
            for always in ["read throws always", "read aborts always"] {
                fault(page, always).await?;
                page.reload().await?;
                let now = access(page).await?;
                ensure!(
                    !now.writer,
                    "{always}: a project that was not read can be changed"
                );
                let said = page.notice_after(0, "warning").await?;
                says_storage(&said, StorageProblem::Unread).context(always)?;
                let now = report(page).await?;
                ensure!(now == before, "{always}: {before:?} became {now:?}");
            }
            browser.screenshot("closed").await?;
            fault(page, "").await?;
            page.reload().await?;
            page.embedded(10, SHORT).await?;
            page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
            Ok(())
        },
    );
}

#[test]
fn a_class_list_that_breaks_off_costs_no_photo() {
    case("cut-class-list", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        make(page).await?;
        page.ask::<()>(&case_script("return cases.cutClassList();"), &[])
            .await?;
        page.reload().await?;
        page.embedded(10, SHORT).await?;
        page.notice_after(0, "warning").await?;
        browser.screenshot("cut-class-list").await?;
        page.click("save-unread").await?;
        let saved = browser.downloaded(".zip").await?;
        let mut zip = zip::ZipArchive::new(std::fs::File::open(saved)?)?;
        ensure!(
            zip.by_name("project/classes").is_ok(),
            "the cut list is not in the file"
        );
        // The page goes on, and so does what it stores.
        page.add_class("new").await?;
        page.add_photos("new", &[photo("bird_1.jpg")?]).await?;
        page.embedded(11, LONG).await?;
        page.reload().await?;
        page.embedded(11, SHORT).await?;
        let stored = report(page).await?;
        ensure!(!stored.class_list_reads, "the list was written over");
        ensure!(stored.photos == 11 && stored.files == 11, "{stored:?}");
        Ok(())
    });
}

#[test]
fn rows_of_a_newer_version_stay_with_all_that_belongs_to_them() {
    case("newer-rows", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        make(page).await?;
        page.ask::<()>(&case_script("return cases.newerRows();"), &[])
            .await?;
        let before = report(page).await?;
        page.reload().await?;
        page.embedded(5, SHORT).await?;
        let said = page.notice_after(0, "warning").await?;
        let newer = StorageProblem::Unreadable {
            samples: 5, // every second one of ten
            classifier: false,
            others: 0,
            newer: true,
        };
        says_storage(&said, newer)?;
        let now = report(page).await?;
        ensure!(now == before, "{before:?} became {now:?}");
        // A deletion may not take the files of a photo that nobody can read.
        let classes = page.classes().await?;
        page.add_photos(&classes[0].name, &[photo("bird_1.jpg")?])
            .await?;
        page.embedded(6, LONG).await?;
        for class in classes {
            page.in_class(&class.name, "class-delete")
                .await?
                .click_when_ready()
                .await?;
        }
        page.embedded(0, SHORT).await?;
        page.reload().await?;
        let now = report(page).await?;
        ensure!(now.files == 11 && now.embeddings == 11, "{now:?}");
        Ok(())
    });
}

#[test]
fn without_storage_a_broken_worker_costs_nothing() {
    let setup = Setup::storage_forbidden();
    // Without storage there is no cache either to tell the worker of faults.
    let breakable = |site: &Path| {
        let script = "new BroadcastChannel('break').onmessage = () => { throw new Error('broken by the test'); };";
        before_engines(site, &ON_CPU, script)
    };
    case_with(
        breakable,
        "broken-in-memory",
        setup,
        async |browser: &Browser| {
            browser.expect_error("broken by the test");
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            is_stored(page, false).await?;
            make(page).await?;
            let answers = page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
            for _ in 0..2 {
                let before = page.notices().await?.len();
                page.ask::<()>(BREAK, &[]).await?;
                page.notice_after(before, "error").await?;
                page.ready().await?;
                page.embedded(10, LONG).await?;
                is_stored(page, false).await?;
            }
            let again = page.try_photos(&[photo("bird_2.jpg")?], LONG).await?;
            ensure!(again[0].top == answers[0].top, "{again:?}");
            // What comes after it is kept as well.
            page.add_photos("Birds", &[photo("bird_1.jpg")?]).await?;
            page.embedded(11, LONG).await
        },
    );
}

#[test]
fn what_storage_had_no_room_for_is_stored_when_there_is_room_again() {
    case_with(
        faulty,
        "room-again",
        Device::Cpu,
        async |browser: &Browser| {
            browser.expect_error("broken by the test");
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            is_stored(page, true).await?;
            browser.limit_storage(20_000).await?;
            make(page).await?;
            is_stored(page, false).await?;
            browser.screenshot("not-stored").await?;
            // Also by way of another worker.
            page.ask::<()>(BREAK, &[]).await?;
            page.notice_after(0, "error").await?;
            page.ready().await?;
            page.embedded(10, LONG).await?;
            is_stored(page, false).await?;
            browser.limit_storage(500_000_000).await?;
            is_stored(page, true).await?;
            let stored = report(page).await?;
            ensure!(stored.is_whole() && stored.photos == 10, "{stored:?}");
            page.reload().await?;
            page.embedded(10, SHORT).await?;
            is_stored(page, true).await?;
            page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
            Ok(())
        },
    );
}

#[test]
fn a_page_that_could_not_start_twice_leaves_out_what_may_be_the_cause() {
    case_with(
        faulty,
        "safe-start",
        Device::Cpu,
        async |browser: &Browser| {
            browser.expect_error("broken by the test");
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            make(page).await?;
            let head = page.head().await?;
            fault(page, "start").await?;
            page.open_to_fail("?device=cpu&seed=1").await?;
            fault(page, "").await?;
            page.open("?device=cpu&seed=1").await?;
            page.embedded(10, SHORT).await?;
            page.notice_after(0, "warning").await?;
            ensure!(page.head().await?.is_none(), "it started with its head");
            browser.screenshot("safe-start").await?;
            // It lives, so the next start is one as ever.
            tokio::time::sleep(std::time::Duration::from_secs(4)).await;
            page.reload().await?;
            page.embedded(10, SHORT).await?;
            ensure!(
                page.head().await? == head,
                "{head:?} is not back: {:?}",
                page.head().await?
            );
            Ok(())
        },
    );
}

#[test]
fn tabs_that_come_and_go_in_a_hurry_are_no_failed_starts() {
    case("hurry", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        make(page).await?;
        let head = page.head().await?;
        for _ in 0..3 {
            page.reload().await?;
            let first = browser.this_tab().await?;
            browser.another_tab().await?;
            page.open("?device=cpu&seed=1").await?;
            browser.close_tab(&first).await?;
        }
        page.reload().await?;
        page.embedded(10, SHORT).await?;
        ensure!(page.head().await? == head, "{:?}", page.notices().await?);
        Ok(())
    });
}

#[test]
fn a_write_that_fails_at_any_step_is_made_up_for() {
    case_with(
        faulty,
        "writes-fail",
        Device::Cpu,
        async |browser: &Browser| {
            let page = &browser.page;
            let folder = TempDir::new()?;
            let photos = made_photos(folder.path(), 16)?;
            page.open("?device=cpu&seed=1").await?;
            for (step, photos) in (1..).zip(photos.chunks(2)) {
                let how = ["throws", "aborts"][step % 2];
                fault(page, &format!("write {how} {step}")).await?;
                page.reload().await?;
                page.embedded(step - 1, SHORT).await?;
                let context = format!("writing {how} at step {step}");
                let name = format!("class {step}");
                page.add_class("new").await?;
                page.add_photos("new", photos).await?;
                page.embedded(step + 1, LONG).await?;
                page.rename_class("new", &name).await?;
                for act in ["photo-delete", "undo", "photo-delete"] {
                    let before = page.count().await?;
                    page.ask::<()>(
                        "one(arguments[0], card(arguments[1]) ?? document).click();",
                        &[json!(act), json!(if act == "undo" { "" } else { &name })],
                    )
                    .await?;
                    until(act, SHORT, async || {
                        Ok((page.count().await? != before).then_some(()))
                    })
                    .await?;
                }
                is_stored(page, true).await?;
                let shown = page.classes().await?;
                fault(page, "").await?;
                page.reload().await?;
                page.embedded(step, SHORT).await?;
                ensure!(
                    page.classes().await? == shown,
                    "{context}: {shown:?} became {:?}",
                    page.classes().await?
                );
                let stored = report(page).await?;
                ensure!(
                    stored.is_whole() && stored.photos == step,
                    "{context}: {stored:?}"
                );
            }
            Ok(())
        },
    );
}

#[test]
fn what_the_browser_has_deleted_is_said_and_the_tab_goes_on_with_what_it_has() {
    case("cleared", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        make(page).await?;
        browser.clear_storage("indexeddb").await?;
        is_stored(page, false).await?;
        let said = page.notice_after(0, "warning").await?;
        says_storage(&said, StorageProblem::Cleared)?;
        browser.screenshot("cleared").await?;
        let before: bool = page
            .ask(
                "return all('notice').some(n => n.dataset.kind === 'info');",
                &[],
            )
            .await?;
        ensure!(!before, "it still says that the project is saved");
        page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
        page.add_photos("Birds", &[photo("bird_2.jpg")?]).await?;
        page.embedded(11, LONG).await?;
        page.train(LONG).await?;
        page.click("head-save").await?;
        browser.downloaded(".safetensors").await?;
        Ok(())
    });
}
