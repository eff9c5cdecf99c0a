//! One project, one writer: what two tabs do to each other.

use anyhow::ensure;
use data::problem::StorageProblem;
use e2e::{
    Access, Browser, Device, LONG, Page, Result, SHORT, TempDir, access, case, case_script,
    made_photos, report, says_storage, until,
};

const WRITER: Access = Access {
    writer: true,
    stored: true,
};
const READER: Access = Access {
    writer: false,
    stored: true,
};

async fn becomes(page: &Page, wanted: &Access) -> Result {
    until(&format!("the tab to be {wanted:?}"), SHORT, async || {
        Ok((access(page).await? == *wanted).then_some(()))
    })
    .await
}

/// Counts as shown, by class.
async fn shown(page: &Page) -> Result<Vec<(String, usize)>> {
    let classes = page.classes().await?;
    Ok(classes.into_iter().map(|c| (c.name, c.count)).collect())
}

/// What a person could change a project with is out of use.
async fn is_out_of_use(page: &Page) -> Result {
    let script = "
        const changes = ['class-add', 'dataset-files', 'train', 'class-name', 'class-files', 'class-delete', 'photo-delete'];
        return changes.flatMap(id => all(id)).filter(e => !e.matches(':disabled')).map(e => e.dataset.testid);";
    let usable: Vec<String> = page.ask(script, &[]).await?;
    ensure!(
        usable.is_empty(),
        "a tab that only shows the project offers {usable:?}"
    );
    Ok(())
}

#[test]
fn a_second_tab_shows_the_project_and_takes_it_over_when_asked_to() {
    case("two-tabs", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        let folder = TempDir::new()?;
        let photos = made_photos(folder.path(), 12)?;
        page.open("?device=cpu&seed=1").await?;
        becomes(page, &WRITER).await?;
        page.add_class("one").await?;
        page.add_photos("one", &photos[..3]).await?;
        page.embedded(3, LONG).await?;
        let first = browser.this_tab().await?;

        let second = browser.another_tab().await?;
        page.open("?device=cpu&seed=1").await?;
        becomes(page, &READER).await?;
        page.embedded(3, SHORT).await?;
        ensure!(
            page.notices().await?.len() == 1,
            "{:?}",
            page.notices().await?
        );
        is_out_of_use(page).await?;
        browser.screenshot("two-tabs-reader").await?;

        browser.turn_to(&first).await?;
        page.add_class("two").await?;
        page.add_photos("two", &photos[3..7]).await?;
        page.embedded(7, LONG).await?;

        // With everything that is there, also what came since it was opened.
        browser.turn_to(&second).await?;
        page.click("take-over").await?;
        becomes(page, &WRITER).await?;
        page.embedded(7, LONG).await?;
        page.add_class("three").await?;
        page.add_photos("three", &photos[7..12]).await?;
        page.embedded(12, LONG).await?;

        browser.turn_to(&first).await?;
        becomes(page, &READER).await?;
        is_out_of_use(page).await?;
        ensure!(page.count().await? == 7, "it shows what it knew");
        // And back again.
        page.click("take-over").await?;
        becomes(page, &WRITER).await?;
        page.embedded(12, LONG).await?;
        browser.turn_to(&second).await?;
        becomes(page, &READER).await?;
        browser.close_tab(&first).await?;
        page.reload().await?;
        becomes(page, &WRITER).await?;
        let all = [("one", 3), ("two", 4), ("three", 5)].map(|(n, c)| (n.to_owned(), c));
        ensure!(shown(page).await? == all, "{:?}", shown(page).await?);
        let stored = report(page).await?;
        ensure!(stored.is_whole() && stored.photos == 12, "{stored:?}");
        Ok(())
    });
}

#[test]
fn a_tab_opened_while_photos_are_added_costs_none_of_them() {
    case(
        "tab-while-adding",
        Device::Cpu,
        async |browser: &Browser| {
            let page = &browser.page;
            let folder = TempDir::new()?;
            let photos = made_photos(folder.path(), 15)?;
            page.open("?device=cpu&seed=1").await?;
            page.add_class("things").await?;
            page.add_photos("things", &photos).await?;
            let first = browser.this_tab().await?;
            browser.another_tab().await?;
            page.open("?device=cpu&seed=1").await?;
            becomes(page, &READER).await?;
            browser.turn_to(&first).await?;
            page.embedded(15, LONG).await?;
            let stored = report(page).await?;
            ensure!(stored.is_whole() && stored.photos == 15, "{stored:?}");
            page.reload().await?;
            page.embedded(15, LONG).await?;
            becomes(page, &WRITER).await
        },
    );
}

#[test]
fn a_tab_that_takes_over_in_the_middle_gets_what_was_stored_and_the_other_says_what_was_not() {
    case(
        "take-over-in-the-middle",
        Device::Cpu,
        async |browser: &Browser| {
            let page = &browser.page;
            let folder = TempDir::new()?;
            let photos = made_photos(folder.path(), 40)?;
            page.open("?device=cpu&seed=1&workers=0").await?;
            page.add_class("things").await?;
            let first = browser.this_tab().await?;
            let second = browser.another_tab().await?;
            page.open("?device=cpu&seed=1").await?;
            becomes(page, &READER).await?;
            browser.turn_to(&first).await?;
            page.add_photos("things", &photos).await?;
            until("some photos", LONG, async || {
                Ok((page.count().await? >= 3).then_some(()))
            })
            .await?;
            browser.turn_to(&second).await?;
            page.click("take-over").await?;
            becomes(page, &WRITER).await?;
            page.ready().await?;
            let taken = page.count().await?;
            ensure!((3..40).contains(&taken), "{taken} photos were taken over");
            browser.turn_to(&first).await?;
            becomes(page, &READER).await?;
            page.ready().await?;
            let said = page.notice_after(2, "warning").await?;
            ensure!(said.contains(&(40 - taken).to_string()), "{said:?}");
            ensure!(
                page.count().await? == taken,
                "the two tabs show different photos"
            );
            browser.turn_to(&second).await?;
            let stored = report(page).await?;
            ensure!(stored.is_whole() && stored.photos == taken, "{stored:?}");
            Ok(())
        },
    );
}

#[test]
fn a_fresh_project_has_nothing_to_do_with_the_other_tab() {
    case("fresh-beside", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu").await?;
        browser.another_tab().await?;
        page.open("?device=cpu&fresh").await?;
        becomes(page, &WRITER).await?;
        page.add_class("mine").await
    });
}

#[test]
fn a_newer_version_gets_the_database_and_this_page_says_so() {
    case("newer-graft", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu").await?;
        page.add_class("kept").await?;
        // As a newer Graft in another tab would; it waits until all others have let go.
        page.ask::<()>(&case_script("return cases.newerDatabase();"), &[])
            .await?;
        becomes(page, &READER).await?;
        is_out_of_use(page).await?;
        let said = page.notice_after(0, "warning").await?;
        says_storage(&said, StorageProblem::Newer)?;
        // And after that, too: this Graft cannot read it, and leaves it alone.
        page.reload().await?;
        becomes(page, &READER).await?;
        let said = page.notice_after(0, "warning").await?;
        says_storage(&said, StorageProblem::Newer)?;
        browser.screenshot("newer-graft").await?;
        Ok(())
    });
}
