### Everything that Graft's page says, in the order of the page. This file is what the page is built from: there is no other text.
###
### It is written in Fluent (https://projectfluent.org/fluent/guide). Another language is one more file in this folder, named by its
### tag (de.ftl, pt-BR.ftl), with the same messages. `cargo test --test words` says what is missing or does not fit.
###
### Above a message stand its arguments: `$photos (Number)` can choose a plural, `$file (String)` is text. Comments need not be
### repeated in other languages. Beyond plain Fluent: a line break in a text is a space; numbers are grouped only with
### `useGrouping: "always"`; a message can hold another one, which shares its arguments.
###
### Who reads it: pupils. Short sentences, no jargon without an explanation, what to do next.

-graft = Graft

## At the top, and around everything

graft = { -graft }
tagline = Teach your browser to tell your photos apart.
loading = Starting…
private = Your photos never leave this computer.
dismiss = Dismiss
notices = Messages
which-files = Which files
files = Files
# Behind a list that does not show all.
# $count (Number)
files-more = and { $count } more
pages = Pages
workbench = Workbench
lab = Lab
# In the title of the browser's tab.
lab-title = { lab } – { -graft }
steps = Steps
# Instead of the page, where the browser runs no scripts.
no-scripts = { -graft } runs in your browser and needs JavaScript, which is turned off here.

# Stands before the device's name, which is all that a phone shows: “Runs on the GPU”.
runs-on = Runs on the{ " " }
device-gpu = GPU
device-cpu = CPU

backbone = Network
    .means = What turns photos into numbers to learn from. Another one looks at all photos anew, once. On our test photos the fast one was right 3 points less often than Lite0 at 224 px, Lite1 about as often.
backbone-lite0-224 = Lite0, 224 px
backbone-lite0-160 = Lite0, 160 px (fast: half the work)
backbone-lite1-240 = Lite1, 240 px (accurate: 1.6 times the work, 8.2 MB)
# $backbone (String) - its name
on-backbone = On the network { $backbone }

# What has left the tab, for whoever wonders about photos.
sent = Nothing sent
# $size (String) - “12 kB”
sent-some = { $size } sent
# In place of both on a phone.
# $bytes (Number) - less than 1000
sent-narrow = { $bytes } B
# $size (String)
sent-so-far = This tab has sent { $size }.
# $files (Number), $site (String) - its address
sent-files =
    { $files ->
        [one] It has fetched { $files } file of { -graft } from { $site }.
       *[other] It has fetched { $files } files of { -graft } from { $site }.
    }
sent-rule = Your photos stay in this browser. It counts every request, and lets this page reach no other address.
# $requests (Number) - to other addresses
sent-by-others =
    { $requests ->
        [0] { -graft } sends nothing itself. An extension of this browser may have.
        [one] { $requests } request went to another address. { -graft } makes none; an extension of this browser may.
       *[other] { $requests } requests went to other addresses. { -graft } makes none; an extension of this browser may.
    }
offline-ready = Ready to work offline. Turn off the network and try: everything goes on.
offline-not = Needs the network until all its parts are kept on this computer.

update-ready = A newer { -graft } is ready. Your project stays as it is.
update-now = Load it

# Why this device runs.
reason-asked = The page's address asked for this device.
# $gpu (Number) - milliseconds a photo, $cpu (Number) - milliseconds a photo
reason-faster = The GPU passed its test and is faster: { NUMBER($gpu, maximumFractionDigits: 0) } ms a photo, the CPU takes { NUMBER($cpu, maximumFractionDigits: 0) } ms.
# $gpu (Number) - milliseconds a photo, $cpu (Number) - milliseconds a photo
reason-slower = The CPU is faster here: { NUMBER($cpu, maximumFractionDigits: 0) } ms a photo, the GPU takes { NUMBER($gpu, maximumFractionDigits: 0) } ms.
reason-no-webgpu = This browser does not offer WebGPU, so the CPU does the work; a current Chrome, Edge or Safari may be faster.
reason-no-adapter = The browser found no GPU it may use, so the CPU does the work.
reason-not-built = The part of { -graft } for the GPU is still being built, so the CPU does the work; reload the page later.
reason-no-answer = The browser did not answer when it was asked for a GPU, so the CPU does the work; restarting the browser may help.
reason-fallback = The browser only emulates a GPU in software, which is slower than using the CPU directly.
# $similarity (Number) - 1 is the same
reason-wrong-result = The GPU failed its test (similarity { NUMBER($similarity, minimumFractionDigits: 4, maximumFractionDigits: 4) } instead of 1), so the CPU does the work.
# $words (String) - the browser's own, in any language
reason-start-failed = The GPU could not be started, so the CPU does the work. The browser says: { $words }
# $feature (String) - its name in WebGPU
reason-lacks = The GPU lacks { $feature }, which { -graft } needs, so the CPU does the work.
reason-lost = The GPU went away while in use, so the CPU goes on; reload the page to try the GPU again.

## Long work, and how far it is

# $done (Number) - MB, $total (Number) - MB
job-fetch = Fetching the network: { NUMBER($done, minimumFractionDigits: 1, maximumFractionDigits: 1) } of { NUMBER($total, minimumFractionDigits: 1, maximumFractionDigits: 1) } MB
job-warm-up = Starting and testing the device…
# $done (Number), $total (Number)
job-restore = Opening your project: { $done } of { $total } photos
# $done (Number), $total (Number)
job-embed = Reading photos: { $done } of { $total }
# $done (Number), $total (Number)
job-train = Training: pass { $done } of { $total }
# $done (Number), $total (Number)
job-tune = Fine-tuning: step { $done } of { $total }
# $done (Number), $total (Number)
job-prepare = Preparing photos: { $done } of { $total }
# $done (Number), $total (Number)
job-lab = Comparing: { $done } of { $total }
# $value (Number) - 0 to 100
job-save-project = Saving the project: { percent }
# $value (Number) - 0 to 100
job-open-project = Opening the project: { percent }
# $value (Number) - 0 to 100
job-copy-project = Copying the project: { percent }
# $done (Number), $total (Number)
job-classify = Asking about photos: { $done } of { $total }
# $value (Number) - 0 to 100
job-sort = Sorting photos: { percent }

## Parts of many sentences

# $value (Number) - 0 to 100
percent = { NUMBER($value, maximumFractionDigits: 0) } %
# $count (Number)
photo-count =
    { $count ->
        [one] { $count } photo
       *[other] { $count } photos
    }
# $count (Number), $pending (Number)
photo-count-pending = { photo-count }, { $pending } to come
# Two names, or a list and the next name.
# $list (String), $next (String)
list-next = { $list }, { $next }
# $list (String), $last (String)
list-last = { $list } and { $last }
# $list (String), $count (Number) - so many more, two or more
list-more = { $list } and { $count } more
# A name that somebody gave: of a file, a class, a folder.
# $name (String)
quoted = “{ $name }”
# $size (Number)
size-gb = { NUMBER($size, minimumFractionDigits: 1, maximumFractionDigits: 1) } GB
# $size (Number)
size-mb = { NUMBER($size, maximumFractionDigits: 0) } MB
# $size (Number)
size-bytes =
    { $size ->
        [one] { $size } byte
       *[other] { $size } bytes
    }
# $size (Number)
size-kb = { NUMBER($size, maximumFractionDigits: 0) } kB
# $seconds (Number)
duration-hundredths = { NUMBER($seconds, minimumFractionDigits: 2, maximumFractionDigits: 2) } s
# $seconds (Number)
duration-tenths = { NUMBER($seconds, minimumFractionDigits: 1, maximumFractionDigits: 1) } s
# $seconds (Number)
duration-seconds = { NUMBER($seconds, maximumFractionDigits: 0) } s
# $minutes (Number), $seconds (Number)
duration-minutes = { $minutes } min { NUMBER($seconds, minimumIntegerDigits: 2, maximumFractionDigits: 0) } s
# $n (Number)
large-million = { NUMBER($n, minimumFractionDigits: 1, maximumFractionDigits: 1) } million
# $n (Number)
large-billion = { NUMBER($n, minimumFractionDigits: 1, maximumFractionDigits: 1) } billion
# $n (Number)
large-trillion = { NUMBER($n, minimumFractionDigits: 1, maximumFractionDigits: 1) } trillion
# $n (Number)
large-quadrillion = { NUMBER($n, minimumFractionDigits: 1, maximumFractionDigits: 1) } quadrillion
# $n (Number)
large-whole = { NUMBER($n, maximumFractionDigits: 0, useGrouping: "always") }
# On a chart's axis.
# $n (Number)
axis-number = { NUMBER($n, maximumFractionDigits: 4) }

## Where the project is

stored = Saved
    .means = Everything you see is saved in this browser, on this computer. If the computer runs out of space, the browser may delete it.
    .persistent = Everything you see is saved in this browser, on this computer, until you delete it.
    .not-persistent = Your project is saved in this browser. If this computer runs out of space, the browser may delete it, so save your project as a file as well.
not-stored = Not saved
    .means = Some of what you see is only in this tab and is lost when you close it. Make room on this computer, or save your project as a file.
# $used (String) - a size, as “1.9 GB”, $free (String)
stored-space = { $used } used, { $free } free
elsewhere = This project is open in another tab. You can look around and try photos here, but not change anything.
take-over = Use it in this tab
train-read-only = The project is open in another tab. To train here, use it in this tab first.
save-unread = Save these parts as a file
open-fresh = Start an empty project beside it

storage-full = The browser's storage is full: what you add from now on is lost when the page is closed. Delete photos, or free space on this computer.
storage-blocked = This browser does not let the page save anything, so all is lost when you close it. Save your project as a file before you do.
# $free (String) - a size
storage-nearly-full = The browser's storage is nearly full: { $free } left. Delete photos you do not need, or free space on this computer.
# $parts (String) - what cannot be shown, by one of these keys, $count (Number) - photos among them
# $why (String) - one of the keys below
storage-unreadable =
    { $parts ->
        [photos] { $count ->
            [one] { $count } photo of this project is
           *[other] { $count } photos of this project are
        }
        [classifier] The classifier of this project is
        [photos-classifier] { photo-count } and the classifier of this project are
        [photos-others] { photo-count } and other parts of this project are
        [classifier-others] The classifier and other parts of this project are
        [photos-classifier-others] { photo-count }, the classifier and other parts of this project are
       *[others] Part of this project is
    } { $why ->
        [newer] made with a newer { -graft } and cannot be shown here. Nothing was deleted; reload the page to get the newer { -graft }, or save these parts as a file.
       *[damaged] damaged and cannot be shown. Nothing was deleted: you can save these parts as a file.
    }
# $count (Number) - photos
storage-files-gone = { photo-count } cannot be used with this network, because the stored picture could not be read. Reload the page to try again, or add the photo anew.
storage-unread = Your project is here, but the browser could not read it. Nothing was changed. Reload the page; if that does not help, restart the browser.
storage-newer = This project was made with a newer { -graft }, so this one leaves it alone. Reload the page to get the newer { -graft }.
storage-cleared = The browser has deleted what was saved. What you see is only in this tab now: save your project as a file before you close it.
storage-not-handed-over = The other tab has work that it could not save, so it keeps the project. Go there and make room first.
# $count (Number) - photos
storage-taken-over = Another tab took over the project before { photo-count } had been read. Add what is missing there.
storage-read-only = This tab cannot change the project. The message at the top says why, and what you can do.
storage-safe = { -graft } failed to start twice, so it opened your project without its classifier and comparisons. They are still saved: reload the page to try again with them, or train a new classifier.
    .unsaved = { -graft } failed to start twice, so it goes on with your photos alone. Nothing is saved in this browser: train a new classifier, and save it as a file.

## The projects in this browser, and project files

projects = Projects
# What a project is called that nobody has named.
project-unnamed = My project
# $size (String) - as “12 MB”, $count (Number) - photos
project-size = { photo-count }, { $size }
# `name` is what it is called at first. $n (Number)
project-new = New
    .means = Start another project. This one stays as it is.
    .name = Project { $n }
project-open = Open file
    .means = Open a project file, or a zip of photos in a folder for each class. Files of Teachable Machine work, too.
project-save = Save as file
    .means = Save all of this project as one file: photos, classifier and comparisons. It opens in { -graft } on any computer.
project-manage = Rename, copy or delete projects
project-name-label = Name of the project
# $name (String)
project-go = Go to “{ $name }”
# $name (String)
project-copy = Copy
    .name = { $name } (copy)
project-delete = Delete
# $name (String)
project-deleted = “{ $name }” is deleted and goes for good after a day.
project-restore = Bring it back
project-delete-now = Delete now
project-metadata = Keep place, time and camera in saved photos
    .means = Phones write into a photo's file where and when it was taken. Usually nobody you give the file to should know.
project-busy = Wait until { -graft } is done, or stop it.
project-stop = Stop
# $name (String)
project-ask = Open “{ $name }”?
# $classes (Number), $count (Number), $heads (Number) - 0 or more
project-holds =
    { $classes ->
        [one] { $classes } class
       *[other] { $classes } classes
    }, { photo-count }{ $heads ->
        [0] .
       *[other] , with a classifier.
    }
project-own = Open as a new project
    .means = The project you have open stays as it is.
# `photos` where the file holds nothing else.
project-merge = Add to this project
    .means = Classes with the same name become one, and no photo comes twice. The classifier stays: train again to use the new photos.
    .photos = Classes with the same name become one, and no photo comes twice.
project-cancel = Cancel

# $file (String)
project-damaged = “{ $file }” is damaged, so it was not opened. Copy or download it again.
# $file (String)
project-newer = “{ $file }” was made with a newer { -graft }. Reload the page to get the newer { -graft }, then open the file again.
# $file (String)
project-none = “{ $file }” is not a project file.
# $file (String), $count (Number)
project-left-out = { photo-count } in “{ $file }” cannot be read, so “{ $file }” was opened without.
# $name (String), $count (Number)
project-not-saved = { photo-count } of “{ $name }” cannot be read, so the file has all but that.
# $name (String)
project-no-room = There is no room in this browser for “{ $name }”. Delete a project you do not need, or free space on this computer.
project-one-at-a-time = { -graft } is still busy. Wait until it is done, then try again.
project-elsewhere = This project is open in another tab. Close that tab first.
project-not-stored = Not all of this project is saved, so { -graft } stays with it. Make room on this computer first.
project-gone = This project is not there any more, or cannot be read.
project-no-storage = This browser does not let the page save anything, so there can be only one project. Open a normal window, not a private one.

## First step: collect

collect = Collect
    .about = Photos, sorted into classes
    .next = Add photos
collect-empty = What should it learn to tell apart? Add a class for each kind of thing, say “cat” and “dog”, and give each about ten photos.
    .sets = Or look around with ready-made photos:
add-class = Add a class
# The name of a new class, until somebody gives it one.
# $number (Number)
new-class = Class { $number }
open-folder = Open a folder
    .means = Each folder inside becomes a class with the photos in it.
open-zip = Open a zip
    .means = Each folder in the zip becomes a class with the photos in it. Projects of Teachable Machine open as well.
drop-hint = You can also drop folders, zips and photos anywhere here, or paste a picture into a class.
drop-anywhere = Drop photos on a class or on Try; folders, zips and classifiers anywhere.
drop-nothing = There was no photo in what you dropped. { -graft } takes photos, folders of photos, zips and classifiers.
drop-which-class = These photos need a class: drop them onto one, or drop a folder that is named after it.
paste-where = Click into a class first, so that { -graft } knows where the pasted picture belongs.
read-stop = Stop reading photos
    .short = Stop
samples = Ready-made photos
sample-fruit-birds = Fruit and birds
sample-garden = Garden
sample-letters = Letters and hand signs

undo-head = Bring back the classifier from before
# $name (String)
undo-kept-head = Bring back classifier “{ $name }”
# $name (String)
undo-class = Bring back class “{ $name }”
# $count (Number)
undo-move =
    { $count ->
        [one] Move the photo back
       *[other] Move { $count } photos back
    }
# $count (Number)
undo-test-photos =
    { $count ->
        [one] Bring back the test photo
       *[other] Bring back { $count } test photos
    }
# $count (Number)
undo-groups =
    { $count ->
        [one] Put { $count } photo back into its group
       *[other] Put { $count } photos back into their groups
    }
# $count (Number)
undo-photos =
    { $count ->
        [one] Bring back the photo
       *[other] Bring back { $count } photos
    }

## The card of a class

class-name = Name of the class
# $class (String)
class-colour = Colour of { $class }
# $name (String)
class-delete = Delete class { $name }
class-photos = Add photos
class-folder = Add a folder
class-empty = Drop photos here, take some with the camera, or paste them. Ten is a good start.
# $count (Number)
photos-selected = { $count } chosen
photos-move = Move to…
    .label = Move the chosen photos to
photos-group = Keep together
    .means = Put the chosen photos into one group: they stay together when the classifier is tested.
photos-delete = Delete
photos-unselect = Choose none
# $count (Number)
photos-all = Show all { $count }
# $name (String)
photo-select = Choose photo { $name }
# $name (String)
photo-delete = Delete photo { $name }
colour-blue = Blue
colour-orange = Orange
colour-green = Green
colour-purple = Purple
colour-vermilion = Vermilion
colour-sky-blue = Sky blue
colour-yellow = Yellow

camera = Camera
    .picture = What the camera sees
    .choose = Which camera
    .close = Close camera
    .live = Live camera
    .stop = Stop camera
    .record = Hold to take photos
# $number (Number)
camera-number = Camera { $number }
# $count (Number)
camera-taken =
    { $count ->
        [one] { $count } photo taken
       *[other] { $count } photos taken
    }
camera-starting = Starting the camera…
# $rate (Number)
camera-rate = { NUMBER($rate, minimumFractionDigits: 1, maximumFractionDigits: 1) } answers a second
camera-forbidden = The camera may not be used here. Allow it for this page in the browser's address bar, then try again.
camera-none = No camera was found. Connect one and try again, or add photos as files.
camera-in-use = The camera is in use by another program. Close that and try again.
camera-insecure = The browser gives a camera only to pages that came over https. Open { -graft } that way, or add photos as files.
# $words (String) - the browser's own, in any language
camera-refused = The camera could not be started ({ $words }). Try again, or add photos as files.

## Second step: train

train = Train
    .about = Learn from your photos
    .next = Train now
training = Training…
train-stop = Stop and keep the best
# $classes (Number), $photos (Number)
train-ready = Ready to learn { $classes } classes from { $photos } photos.
train-stale = Photos, classes or groups changed since this training. Train again to include that.
train-needs-classes = Training needs two classes with photos: collect some first.
train-needs-second = Training needs photos in a second class to tell apart from the first.
# $count (Number)
train-embedding =
    { $count ->
        [one] { $count } photo is still being read. Training can start when it is done.
       *[other] { $count } photos are still being read. Training can start when they are done.
    }
train-lab-runs = The Lab is measuring. Training can start when it is done, or stopped there.

# The ways to transfer: at the beginning of a sentence, and inside of one.
method-feature-extraction = Feature extraction
    .inside = feature extraction
    .means = The network stays as it is; only a new head learns. Takes seconds, and is hard to beat with few photos.
method-fine-tuning = Fine-tuning
    .inside = fine-tuning
    .means = A new head learns first, then the network's last layers go on learning with it, in small steps. Takes minutes, and pays off when your photos look unlike everyday ones.
method-weight-initialisation = Weight initialisation
    .inside = weight initialisation
method-from-scratch = Training from scratch
    .inside = training from scratch
method-random-features = Random features
    .inside = random features

tune-method = Way to learn
tune-depth = What learns besides the head
tune-depth-head = Nothing: the head only
    .means = No layer of the network learns. The head alone goes on, on changed copies of the photos.
tune-depth-last-block = The last block
    .means = The few layers just before the head: where parts become whole things. The quickest.
tune-depth-last-stage = The last stage
    .means = All layers that see the photo at its coarsest, in a grid of about 7 × 7. A good first choice.
tune-depth-last-two-stages = The last two stages
    .means = Also those that see it twice as fine and know parts of things. For photos unlike everyday ones.
tune-depth-all = All layers
    .means = Down to the first, which sees edges. The slowest; with few photos it may learn them by heart.
tune-pause = Pause
tune-resume = Go on
tune-paused = Paused. What was reached is kept; go on when you like.
# $time (String) - one of those below, $device (String) - one of these keys
tune-estimate =
    { $device ->
        [webgpu] Takes at most { $time } on the GPU.
       *[cpu] Takes at most { $time } on the CPU.
    }
# $device (String) - one of these keys
tune-estimate-unknown =
    { $device ->
        [webgpu] How long it takes on the GPU is not known yet.
       *[cpu] How long it takes on the CPU is not known yet.
    }
tune-about-second = about a second
# $seconds (Number)
tune-about-seconds = about { NUMBER($seconds, maximumFractionDigits: 0) } s
# $minutes (Number) - two or more
tune-about-minutes = about { NUMBER($minutes, maximumFractionDigits: 0) } minutes
# $hours (Number)
tune-about-hours = about { NUMBER($hours, minimumFractionDigits: 1, maximumFractionDigits: 1) } hours
tune-estimating = Estimating the time…
tune-estimate-later = How long it takes is estimated once there are photos.
tune-under-way = Under way.

advanced = Advanced
    .layers = The network's layers
    .head = The head, before that
    .reset = Reset all to defaults
# $setting (String) - its name
setting-reset = Reset { $setting }
# Behind what a number means. $low (Number), $high (Number)
setting-range = From { NUMBER($low, maximumFractionDigits: 6) } to { NUMBER($high, maximumFractionDigits: 6) }.
setting-optimiser = Optimiser
    .means = Closed form computes the best head at once, on the layers of the network that tell your photos apart best. L-BFGS walks to the one best linear head on the last layer. Adam takes many small steps; batches and hidden units always use it.
    .lda = Closed form
    .lbfgs = L-BFGS
    .adam = Adam
setting-epochs = Passes
    .means = How often training goes through all photos, at most.
setting-learning-rate = Learning rate
    .means = How big each of Adam's steps is: too small is slow, too big overshoots. L-BFGS finds its own.
setting-batch-size = Batch size
    .means = Photos looked at before each step; 0 means all at once.
setting-l2 = L2 strength
    .means = Holds weights small, which helps when photos are few.
setting-hidden = Hidden units
    .means = An extra layer for harder cases; 0 means none.
setting-measure = Measure accuracy on
    .means = All photos: each is judged by a classifier that learned without it, and yours learns from all. Photos kept apart: nothing learns from them, and they judge yours alone. Fine-tuning always keeps some apart.
    .cross-validation = All photos, in turn
    .held-out = Photos kept apart
setting-validation = Kept apart
    .means = Fraction of the photos that is used only to measure accuracy, where photos are kept apart.
setting-seed = Seed
    .means = The same number gives the same training again.
    .means-in-lab = Decides which photos are learned from, and every other chance. Another seed shows how much of a difference is luck.
tune-epochs = Passes
    .means = At most so many passes over the photos.
tune-learning-rate = Learning rate
    .means = Size of the steps of the layers nearest the head. Small, because those layers know something already: big steps would wipe it out.
tune-rate-decay = Rate decay
    .means = Each block learns at this fraction of the rate of the block after it, so that early layers change least; 1 means all alike.
tune-batch-size = Batch size
    .means = Photos looked at before each step.
tune-patience = Patience
    .means = Ends after so many passes without getting better on the photos kept apart; 0 never ends early.
tune-augment = Changed copies
    .means = Each pass sees the photos flipped, cropped, brighter or darker at random, so that few teach more.

curve = Loss and accuracy while training, pass by pass
curve-empty = Pass by pass, each a look at all photos, the loss should fall and right answers become more.
curve-passes = passes
curve-loss = Loss
curve-learned = Right: learned from
curve-kept = Right: kept apart
# At the top of the axis.
# $loss (Number)
curve-most = { NUMBER($loss, minimumFractionDigits: 1, maximumFractionDigits: 1) }
# $pass (Number), $loss (Number), $right (String) - a percentage
curve-last = Pass { $pass }: loss { NUMBER($loss, minimumFractionDigits: 3, maximumFractionDigits: 3) }, { $right } right on the photos it learns from

## What came out of training

head-opened = This classifier came from a file.
    .merged = This classifier was merged from others. Nobody has measured yet how good it is: add test photos.
# Stands behind a percentage, in another weight: “87 % (80-92 %), on 40 photos it never saw”.
# $low (Number) - 0 to 100, $high (Number), $count (Number) - photos
accuracy = ({ NUMBER($low, maximumFractionDigits: 0) }-{ NUMBER($high, maximumFractionDigits: 0) } %), on { photo-count } it never saw
    .range = The range says how sure this is: more photos make it narrower. Photos that look alike, such as those of one burst, are kept together.
    .cross-validated = ({ NUMBER($low, maximumFractionDigits: 0) }-{ NUMBER($high, maximumFractionDigits: 0) } %), on all { photo-count }
    .cross-validated-means = Each photo was judged by a classifier that had learned without it and without those like it. The one you use learned from all. The range says how sure this is: more photos make it narrower.
    .test-set = ({ NUMBER($low, maximumFractionDigits: 0) }-{ NUMBER($high, maximumFractionDigits: 0) } %), on { photo-count } of your test set
    .test-set-means = Nothing was learned from the test set, and nothing was decided by it. If it shows other people, places and days than your other photos, this is how good the classifier will be for others.
    .measuring = Measuring its accuracy…
    .none = There was no photo left to measure on, so its accuracy is not known.
    .none-alike = Photos that look alike, such as those of one burst, are kept together. To measure accuracy, add photos of each class that were taken at another moment.
# $count (Number) - photos, $groups (Number)
groups =
    { photo-count } in { $groups ->
        [one] { $groups } group
       *[other] { $groups } groups
    }: photos taken together stay together when the classifier is tested
    .about = What it learned from a photo helps it with others of the same burst, place or light. A test is only fair when all of a group are left out at once. Is a group wrong? Split it, or choose photos of a class under Collect and press “Keep together”.
    .folder = Most of these came in one folder, so smaller groups were looked for in it.
    .hour = Most of these were taken in one go, so smaller groups were looked for.
    .minutes = Most of these were taken within minutes, so almost every photo is a group of its own. Photos taken at other times or places would make the test harder, and fairer.
    .split = Split
    .as-found = Undo all changes here
# $count (Number) - photos, $groups (Number)
groups-of-class =
    { photo-count } in { $groups ->
        [one] { $groups } group
       *[other] { $groups } groups
    }
# $count (Number) - photos of the group, $class (String)
groups-split-label = Split this group of { photo-count } of { $class }
# $count (Number) - photos of a group that are not shown
count-more = +{ $count }
# $count (Number) - groups of one photo each
groups-alone =
    { $count ->
        [one] and { $count } photo that stands alone
       *[other] and { $count } photos that stand alone
    }
# $count (Number) - of those that are not shown
groups-more =
    { $count ->
        [one] and { $count } more group
       *[other] and { $count } more groups
    }
confusion = Rows are what a photo is, columns what the classifier says.
    .photos = Rows are what a photo is, columns what the classifier says. Press a number to see its photos.
    .drawn = From top to bottom what a photo is, from left to right what the classifier says. On the line from corner to corner it is right; every other spot is a mistake, the darker the more often.
    .corner = is \ says
    .percent = Show percentages: each row adds up to 100 %
# The table as a picture, for those who do not see it.
# $classes (Number) - more than twenty
confusion-picture = How often each of { $classes } classes is taken for which. The most frequent mistakes are listed below.
# $count (Number) - photos, $class (String)
confusion-right = { photo-count } of { $class }, recognised
# $count (Number) - photos, $class (String) - what they are, $said (String) - what the classifier says
confusion-wrong = { photo-count } of { $class }, taken for { $said }
# $percent (String), $class (String) - what they are, $said (String) - what the classifier says
confusion-fraction = { $percent } of { $class }, taken for { $said }
# $count (Number)
mistakes = What it confuses
    .most = What it confuses most ({ $count })
# $count (Number)
wrong-photos = Which photos were wrong ({ $count })
    .none = None: every photo was recognised.
# $count (Number) - photos, in a table
count-whole = { $count }
scores = How well it tells each class
    .class = Class
    .precision = Right when it says so (precision)
    .recall = Found (recall)
    .f1 = Both (F1)
    .photos = Photos
    .none = none
    .f1-means = F1 joins the two: it is high only where both are. The class that is told worst comes first.
# $f1 (String) - a percentage
scores-macro = All classes counted alike, F1 is { $f1 } (macro F1).
# $given (Number) - photos, two or more, $class (String), $right (Number) - photos
score-precision =
    { $given ->
        [one] Of the { $given } photo it called “{ $class }”, { $right } really is (precision).
       *[other] Of the { $given } photos it called “{ $class }”, { $right } really are (precision).
    }
    .none = It called no photo “{ $class }”, so there is no precision.
# $count (Number) - photos, $class (String), $right (Number) - photos
score-recall =
    { $count ->
        [one] Of the { $count } photo of “{ $class }”, it found { $right } (recall).
       *[other] Of the { $count } photos of “{ $class }”, it found { $right } (recall).
    }
    .none = No photo of “{ $class }” was there to find, so there is no recall.
# $right (String) - a percentage, $low (Number) - 0 to 100, $high (Number)
score-top-two = For { $right } ({ NUMBER($low, maximumFractionDigits: 0) }-{ NUMBER($high, maximumFractionDigits: 0) } %) of the photos, the right class is one of its two best guesses (top-2 accuracy).
calibration = Can you trust its percentages?
    .means = You can if it is right for 8 of 10 photos where it says 80 %. Then the points lie on the dashed line. Below it, the classifier is too sure of itself; above it, not sure enough.
    .said = What it said
    .right = How often it was right
    .before = before the correction
    .after = as they are
    .ideal = perfect
    .table = The numbers
# $error (Number) - percentage points, $before (Number)
calibration-error = Its percentages are off by { NUMBER($error, maximumFractionDigits: 1) } points on average (expected calibration error). Before they were corrected, it was { NUMBER($before, maximumFractionDigits: 1) }.
# $error (Number) - percentage points
calibration-error-alone = Its percentages are off by { NUMBER($error, maximumFractionDigits: 1) } points on average (expected calibration error).
# $count (Number) - photos
measured-on-test-set =
    { $count ->
        [one] Measured on { $count } test photo, which it did not learn from.
       *[other] Measured on { $count } test photos, which it did not learn from.
    }
# $count (Number) - photos
measured-cross-validated =
    { $count ->
        [one] Measured on { $count } photo, judged by a classifier that had not seen it.
       *[other] Measured on { $count } photos, each judged by a classifier that had not seen it.
    }
# $count (Number) - photos
measured-held-out =
    { $count ->
        [one] Measured on { $count } photo that it did not learn from.
       *[other] Measured on { $count } photos that it did not learn from.
    }
# $said (String) - a percentage, $count (Number) - photos, $right (Number) - photos
calibration-example =
    { $count ->
        [one] It said about { $said } for { $count } photo, and was right for { $right }.
       *[other] It said about { $said } for { $count } photos, and was right for { $right } of them.
    }
# $said (String) - a class, $confidence (String) - a percentage
tested-says = { $said }, { $confidence }
# $class (String)
tested-is = is { $class }
tested-gone = deleted since
# Folded away, below those that are shown.
# $count (Number)
other-classes =
    { $count ->
        [one] { $count } other class
       *[other] { $count } other classes
    }
# $count (Number)
other-photos =
    { $count ->
        [one] { $count } other photo
       *[other] { $count } other photos
    }

# Which of two accuracies the table and lists below tell of.
details-of = Details of
    .tests = the test set
    .own = the photos it was trained with

test-set = Test set
    .means = Photos of other people, other places or another day show how good your classifier is for others. Put some here: nothing is ever learned from them.
    .files = Add photos or a zip
    .class = Class of the photos
    .folders = As their folders say
    .which-class = These photos do not say which class they are. Choose their class first, or add a folder that has a folder for each class.
# $class (String)
test-set-delete = Delete the test photos of “{ $class }”
# $count (Number), $classes (String) - a list
test-set-foreign =
    { $count ->
        [one] { $count } photo was left out: this classifier does not know { $classes }.
       *[other] { $count } photos were left out: this classifier does not know { $classes }.
    }
# $count (Number)
test-set-alike =
    { $count ->
        [one] { $count } of these photos looks just like one it learned from. Delete it from the test set to get a fair number.
       *[other] { $count } of these photos look just like ones it learned from. Delete them from the test set to get a fair number.
    }
# $count (Number)
test-set-lost =
    { $count ->
        [one] { $count } photo could not be judged, because its file is gone.
       *[other] { $count } photos could not be judged, because their files are gone.
    }

compare-heads = Compare with the classifier before
    .means = Both are asked about the same photos, of the test set if there is one.
    .one = There is nothing to compare yet: train again or open another classifier first.
    .backbone = The classifier before was made for another network, so the two cannot be compared on the same photos.
    .unreadable = The classifier before could not be read.
    .nothing = There are no photos that both were asked about. Add a test set, then compare again.
# $count (Number)
compared-on-test-set = On { photo-count } of your test set
    .left-out = On { photo-count }, each judged without having been learned from
    .held-out = On { photo-count } that neither learned from
# $on (String) - one of those above
compared-same = { $on }, both were right about the same ones.
# $first (Number), $second (Number)
compared-earlier = only this classifier got { $first } right, only the one before it { $second }
    .trained = only this classifier got { $first } right, only the one you trained { $second }
    .opened = only this classifier got { $first } right, only the one from the file { $second }
compared-chance = This may be chance
compared-better = This classifier is better: chance alone would seldom do that
compared-worse = The other one is better: chance alone would seldom do that
# $on (String), $found (String), $meaning (String) - each one of those above, $p (Number) - 0 to 1
compared = { $on }, { $found }. { $meaning } (McNemar’s test: p = { NUMBER($p, maximumFractionDigits: 3) }).

## Third step: try

try-it = Try
    .about = Ask it about new photos
    .next = Try it
try-empty = Train first, or open a classifier. Then show it photos here and see its answers.
try-ready = Drop photos it has never seen here, or hold something into the camera.
try-files = Choose photos
results = Answers
    .clear = Clear
    .csv = Save as CSV
# Column heads in the saved table; the others are names of classes.
csv-file = file
csv-top = top
# In the column of the likeliest class, where the classifier does not know.
csv-unknown = unknown
# Column heads in the saved table of many photos.
csv-answer = answer
csv-seconds = seconds
csv-problem = problem
batch = Many photos at once
    .about = Choose a folder, photos or a zip, as many as you like. You get a table with an answer for each. The photos are not added to your project, and not kept.
    .folder = Choose a folder
    .again = Ask again about all
    .table = Save table (CSV)
    .sorted = Save sorted photos (zip)
    .sorted-means = A zip with a folder for each answer
    .forget = Clear
    .missing = Choose the same photos again to go on. Those that have an answer are not done again.
    .not-here = To sort all of them, choose the same photos again: after a reload, the page does not have them any more.
    .other-head = The classifier has changed since it gave these answers. Save the table if you still need it, then ask again.
    .file = answers
# $done (Number), $of (Number)
batch-progress = { $done } of { $of } photos done.
# $count (Number) - 1 or more
batch-unread =
    { $count ->
        [one] { $count } could not be read: the table says why.
       *[other] { $count } could not be read: the table says why.
    }
unknown = How often it answers
    .said = I don’t know
    .limits = What looks like nothing it has seen gets “I don’t know”. Something new that looks much like your photos may still get a wrong answer.
# Percentages: $kept (String), $right (String), $caught (String)
unknown-means = It answers { $kept } of photos like yours; of these answers, { $right } are right.
    .caught = It answers { $kept } of photos like yours; of these answers, { $right } are right. Of its wrong answers, { $caught } become “I don’t know”.
    .never = It answers none of the photos like yours.
    .unmeasured = It answers about { $kept } of the photos it knows.
classifier = Classifier
    .empty = What training makes is a small file that you can keep, share and open again.
    .knows = It tells apart
    .save = Save classifier
    .open = Open classifier
    .none = There is no classifier yet: train one or open a file.
    .before = the classifier from before
# Classifiers that the project keeps beside the one in use. `name` is what one is called at first: $n (Number)
kept = Kept classifiers
    .keep = Keep
    .keep-means = Keep this classifier in your project while you try others. You can go back to it at any time.
    .name = Classifier { $n }
    .name-label = Name of the classifier
    .use = Use
    .in-use = In use
    .save = Save as file
    .delete = Delete
# $date (String), $right (String) - as below, $classes (String) - a list, $network (String)
kept-about = { $date }: { $right }. Tells { $classes } apart. Network: { $network }.
# $percent (String), $rest (String) - “(80-92 %), on all 40 photos”
kept-right = { $percent } right { $rest }
    .unknown = accuracy not measured
# $most (Number)
kept-full = Your project keeps { $most } classifiers or very large ones already. Delete one first, or save this one as a file.
kept-gone = This classifier is not there any more.
merge = Merge
    .means = Merge it with the classifier in use: one that tells the classes of both apart. Classes with the same name become one.
merge-other-backbone = These two use different networks, so they cannot be merged. Train both on the same network.
merge-tuned = Fine-tuning changed the network of one of them, so they cannot be merged. Use feature extraction for both.
# `of` a kept one: $name (String)
merge-no-statistics = The classifier in use does not say enough of its classes to be merged or trained on. Train it again with the usual settings in this { -graft }.
    .of = “{ $name }” does not say enough of its classes to be merged. Train it again with the usual settings in this { -graft }.
# $classes (Number), $most (Number)
merge-too-many-classes = Together they have { $classes } classes, and a classifier learns up to { $most }.
merge-apart = These two are too different to be merged.
go-on = Train on with my photos
    .means = Adds your photos to what this classifier has learned already. “Train” learns from your photos alone.
# $classes (String) - a list
go-on-other-classes = This classifier also knows { $classes }. Add photos of that first, or train a new one and merge the two.
go-on-not-closed = Training on works with the usual settings only. Choose “Closed form” under Advanced, and up to 2,500 photos.
# $size (Number) - pixels
export = Use it elsewhere
    .means = Save the classifier with its network, for other programs. It is made here, in this tab.
    .small = Smaller file
    .small-means = Half the size, with the same answers. TensorFlow Lite: a third of the size, and percentages that differ by up to 4 points.
    .photos = Put three of my photos in
    .photos-means = With them, anyone can check that the file gives the same answers. Whoever gets the file can see them. Untick this to put in three drawings instead.
    .writing = Writing the file…
    .size = This classifier's network sees { $size } × { $size } pixels. Some of these programs only take 224 × 224: choose another network for them.
export-onnx = ONNX
    .for = For ONNX Runtime and other programs that read ONNX. It takes photos of any size and can say “I don’t know”.
export-teachable-machine = Teachable Machine
    .for = For Scratch extensions, ml5, p5 and web pages that take models from Teachable Machine.
    .lacks = It cannot say “I don’t know”. These programs shrink photos in a way of their own, so percentages can differ by up to 15 points; some squeeze photos that are not square.
export-tflite = TensorFlow Lite
    .for = For Android phones, the Raspberry Pi and other small computers.
    .lacks = It cannot say “I don’t know”, and it takes square photos only.
export-python = Python and JavaScript
    .for = The same as ONNX, with programs that are ready to start: one in Python, one in JavaScript, and a web page.
# A classifier as a link. Its length is said in letters.
head-link = Share as a link
    .means = The link itself holds the whole classifier. Whoever opens it gets a copy; it is stored nowhere, and no browser sends this part of a link.
    .short = Without “I don’t know”
    .short-means = The link gets far shorter. The classifier then always gives an answer, also for things it has never seen.
    .making = Making the link…
    .label = Link to this classifier
    .copy = Copy link
    .copied = Copied
    .share = Share…
    .qr = QR code of the link
    .qr-means = Or point a phone's camera here.
    .title = A { -graft } classifier
# $letters (Number), more than 1
link-length = { NUMBER($letters, useGrouping: "always") } characters long: any messenger takes it.
    .long = { NUMBER($letters, useGrouping: "always") } characters long: fine in an e-mail, but some messengers cut it.
    .file = { NUMBER($letters, useGrouping: "always") } characters long: most messengers cut it. Better save the classifier and send the file.
# $count (Number) - photos, $percent (Number) - points, above 0
link-same =
    It answers as yours does on { $count ->
        [one] the { $count } photo
       *[other] all { $count } photos
    } here; no percentage moves by more than { NUMBER($percent, minimumFractionDigits: 1, maximumFractionDigits: 1) } points.
link-exact = It is the same classifier, number for number.
link-unchecked = There are no photos here to compare it on: it answers as yours does on three drawings.
# $letters (Number)
link-too-long = This link is longer ({ NUMBER($letters, useGrouping: "always") } characters) than any link to a classifier. Nothing was changed here.
link-newer = This link is from a newer { -graft }. Load the page again, or use the { -graft } it came from.
link-cut = A part of the link is missing, or it was changed on the way. Copy it whole, or ask for the classifier as a file. Nothing was changed here.
link-no-head = There is no classifier in this link that { -graft } can use. Nothing was changed here.
link-too-large = This classifier is too large for a link. Save it and send the file.
link-tuned = This classifier has changed the network itself: that is too much for a link. Save it and send the file.
link-missing = A part of { -graft } that reads and writes links could not be fetched. Check the network and try again; your classifier is safe.
# In messages, in place of a file's name.
link-name = The classifier in the link

# A classifier from a link or from beside the site, before it is used.
# $name (String), $count (Number) - photos
head-found = Use this classifier?
    .link = It came with the link you opened.
    .site = “{ $name }” lies beside this page.
    .photos = It learned from { photo-count }.
    .use = Use it
    .use-means = Your photos stay. If you have a classifier, it is put aside: “Bring back” returns it.
    .leave = No, thanks

# Classifiers and projects that somebody put beside the site.
gallery = From this site
    .means = Classifiers and projects that were put beside this page, say by your teacher.
    .loading = Looking…
    .empty = Nothing has been put here yet.
    .head = Classifier
    .project = Project
# $kind (String) - one of both, $size (String)
gallery-size = { $kind }, { $size }
# $file (String)
gallery-missing = “{ $file }” is in the list, but could not be fetched. Check the network, or tell whoever put it there.
# $file (String)
gallery-size-differs = “{ $file }” is not as large as the list says, so it was not opened. Tell whoever put it there.
gallery-not-a-list = The list of this site cannot be read. Tell whoever looks after it.
# $number (Number)
gallery-not-an-entry = Entry { $number } of the list names no file and was left out.
# $file (String)
gallery-elsewhere = “{ $file }” does not lie beside this page and was left out.
# $file (String)
gallery-other-kind = “{ $file }” is neither a classifier nor a project and was left out.
# $file (String)
gallery-wrong-kind = “{ $file }” is something else than the list says and was left out.
# $file (String)
gallery-twice = “{ $file }” is in the list twice.
# $file (String)
gallery-size-wrong = “{ $file }” has a size in the list that it cannot have, and was left out.
# $entries (Number)
gallery-too-many = The list has { NUMBER($entries, useGrouping: "always") } entries; only the first are shown.
# Parts of a file's name: of one without classes, and behind the names of the first of many classes.
file-name = classifier
    .and-more = etc
tuned-nothing = The network stayed frozen: only the head learned.
# Which layers a head looks at. Percentages: $chosen (String), $embedding (String) - with the last layer alone
head-reach = It looks at the network's last layer: for these photos, that is enough.
    .late = It also looks at layers before the last: these photos are told apart better by them ({ $chosen } right, with the last layer alone { $embedding }).
    .all = It looks at layers all the way through the network: these photos are told apart better by them ({ $chosen } right, with the last layer alone { $embedding }).
tuned-head = Fine-tuned: the head, on changed copies of the photos.
tuned-last-block = Fine-tuned: the network's last block learned with the head.
tuned-last-stage = Fine-tuned: the network's last stage learned with the head.
tuned-last-two-stages = Fine-tuned: the network's last two stages learned with the head.
tuned-all = Fine-tuned: every layer of the network learned with the head.

## The Lab: the comparison

lab-what = What does transfer buy?
    .lead = The network here has learned from 1.3 million photos of 1,000 kinds of things, and knows edges, textures and parts of things. Transfer learning uses that knowledge for classes it never heard of: yours. Here you measure how much it helps.
    .lesson = Lesson plan: 45 minutes with the Lab
lab-compare = Three ways to transfer, and two without
    .about = Each method learns from the same few photos and is measured on the same other ones, which none of them saw.
    .settings = What to compare
lab-classes = Classes
    .none = The Lab needs photos: collect your own on the workbench, or take a ready-made set.
lab-photos = Photos a class to learn from
# $count (Number)
lab-photos-quick = { $count } photos a class
lab-resolution = Resolution
    .means = Side of the picture the network sees. It learned at 224; smaller is faster and less sharp.
# $side (Number)
lab-pixels = { $side } px
    .usual = { $side } px, as it learned
lab-budget = Budget of each method
    .amount = How much
    .unit = Passes or seconds
    .epochs = passes over the photos
    .seconds = seconds of computing
    .means = The same seconds for all: who learns fastest? The same passes: who learns most from the photos? (A head on a frozen network makes its usual passes; they cost next to nothing.)
lab-methods = Methods
    .feature-extraction = The pre-trained network is frozen; only a new head learns from the numbers it makes of each photo. Little has to be learned, so few photos are enough.
    .fine-tuning = A new head first; then the last layers learn on, with steps that get smaller towards the photo. Small, because those layers hold knowledge that big steps would wipe out.
    .weight-initialisation = The pre-trained weights are only the start: every layer learns, at the full rate. Free to fit your photos, and free to forget.
    .from-scratch = The same network from random weights: every layer learns at the full rate, and all it will know comes from your photos. What transfer must beat.
    .random-features = A network of random weights is frozen and only a head learns. Shows what the layers' wiring does without any knowledge in it.
# $learned (Number), $all (Number)
lab-split = Photos that are not learned from measure how good it became.
    .known = Learns from { $learned } of { $all } photos; others that look different, up to 50 a class, measure how good it became.

lab-run = Compare
    .ready = Methods run one after the other. You can stop any of them; what it reached counts.
    .running = Running. Stop any method when you have seen enough; what it reached counts.
    .stop = Stop all
    .stop-one = Stop
# $method (String) - its name inside of a sentence
lab-stop-method = Stop { $method }
lab-training = A classifier is training on the workbench. Wait for it, or stop it.
lab-comparing = A comparison is running. Wait for it, or stop it.
lab-measuring = Measuring accuracy against photos a class…
lab-no-method = Choose at least one method.
lab-choose-classes = Choose at least two classes that have photos.
lab-needs-classes = The Lab needs two classes with photos: collect some, or take a ready-made set.
# $count (Number)
lab-embedding =
    { $count ->
        [one] { $count } photo is still being read. The Lab can start when it is done.
       *[other] { $count } photos are still being read. The Lab can start when they are done.
    }
# $class (String), $count (Number) - its photos, $learned (Number) - of which are to be learned from
lab-too-few-photos = “{ $class }” has { photo-count }. To learn from { $learned } and still measure on others it needs more: choose fewer photos a class, or leave it out.

lab-results-empty = Press Compare, and watch each method learn: how often it is right on photos it never saw, how sure that is, and what it cost.
lab-state-waiting = waits
lab-state-running = runs
lab-state-done = done
lab-state-stopped = stopped early
# $low (Number) - 0 to 100, $high (Number)
lab-range = ({ NUMBER($low, maximumFractionDigits: 0) }-{ NUMBER($high, maximumFractionDigits: 0) } %)
# $percent (String), $range (String) - in brackets
lab-accuracy = { $percent } { $range }
# What a method cost so far.
# $time (String), $numbers (String), $multiplications (String)
lab-cost = { $time } · { $numbers } numbers learn · { $multiplications } multiplications
    .waiting = Its turn comes.
# In the legend of a saved chart.
# $method (String), $accuracy (String), $time (String)
lab-legend = { $method }: { $accuracy }, { $time }
    .none = { $method }: not measured
lab-chart = Accuracy on the held-out photos as computing time goes by. A bar at the end of a line is its 95 % range: where the true accuracy likely lies.
    .accuracy = Right on held-out photos
    .seconds = Seconds of computing
    .seconds-logarithmic = Seconds of computing (logarithmic)
    .guessing = guessing
# $passes (Number)
lab-budget-passes =
    { $passes ->
        [one] { $passes } pass
       *[other] { $passes } passes
    }
# $time (String)
lab-budget-time = { $time } each
# Under which circumstances was measured.
# $classes (String) - a list, $count (Number) - photos a class, $held (Number) - photos measured on, $side (Number)
# $budget (String), $seed (String) - a number that is never rounded
lab-about = { $classes }: learned from { photo-count } a class, measured on { $held } that no method learned from, at { $side } px, { $budget }, seed { $seed }.
# $classes (String) - a list, $count (Number) - photos a class, $held (Number) - photos measured on, $side (Number)
lab-chart-title =
    { $classes }: { photo-count } a class, { $side } px, measured on { $held ->
        [one] { $held } photo
       *[other] { $held } photos
    }
lab-earlier = All results
# In the list of results.
# $number (Number), $count (Number) - photos a class, $side (Number), $budget (String)
# $method (String) - the best, its name inside of a sentence, $percent (String) - how often that was right
lab-report = No. { $number }: { photo-count } a class, { $side } px, { $budget }
    .best = No. { $number }: { photo-count } a class, { $side } px, { $budget }, best { $method } with { $percent }
# $name (String)
lab-delete = Delete the result { $name }
    .running = It runs: stop it first.
lab-save = Save as
    .csv = CSV
    .svg = SVG
    .png = PNG
    .no-png = The browser could not draw the chart as PNG. Save it as SVG instead.

# What the comparison shows. The methods' names are at the beginning and inside of a sentence; each accuracy has its range.
# $method (String), $accuracy (String), $time (String), $against (String) - the other method, $against-accuracy (String)
# $against-time (String), $meaning (String) - one of those below
lab-gain = { $method } was right on { $accuracy } after { $time }; { $against } reached { $against-accuracy } in { $against-time }. { $meaning }
    .above = That is what transfer bought.
    .open = The ranges overlap, so the difference may be chance: measure with more photos, or another seed.
    .below = Here transfer did not help.
# $method (String), $accuracy (String), $time (String)
lab-deeper = { $method } reached { $accuracy } in { $time }: not clearly different from feature extraction, as the ranges overlap.
    .above = { $method } reached { $accuracy } in { $time }: clearly more than feature extraction.
    .below = { $method } reached { $accuracy } in { $time }: clearly less than feature extraction, with this budget and so many photos.

## The Lab: how many photos are enough

lab-enough = Do I have enough photos?
    .about = Heads are trained again and again on a few photos, then on more, each time on others drawn by chance. Where the line still climbs, more photos help; where it is flat, they do not. Uses the classes ticked above.
    .measure = Measure
    .ready = Takes some seconds: the network has seen the photos already.
    .chart = Accuracy against photos a class
    .table = The same as a table
features-pretrained = What the pre-trained network sees
features-random = What a random network sees
features-pixels = The bare pixels
# $classes (String) - a list, $draws (Number), $count (Number) - photos
lab-enough-how = { $classes }: means of up to { $draws } draws, each measured on the same { photo-count }. Bars reach from the worst draw to the best.
# $count (Number) - photos a class, $now (String) - a percentage, $more (Number) - photos a class, $then (String) - a percentage
lab-outlook = With { photo-count } a class, a head on the pre-trained network is right on about { $now }; { $more } would likely bring it to about { $then }: more photos help. (A forecast from the shape of the line, not a promise.)
    .enough = With { photo-count } a class, a head on the pre-trained network is right on about { $now }; { $more } would likely bring hardly more: you have enough of this kind. (A forecast from the shape of the line, not a promise.)
    .unknown = There are too few points to say what more photos would bring: collect some more, then measure again.

## The Lab: what the network knew, near and far

lab-knew = What the network already knew
    .about = Before it came to you, the network learned to tell 1,000 kinds of things apart (ImageNet). Choose a photo: its old head still answers with those, whatever the photo shows.
    .empty = Collect photos first; then choose one here.
    .choose = Choose a photo
    .asking = Asking the network…
    .no-answer = No answer came. A message at the bottom says why.
    .old-head = The old head says
    .graft = This old head comes off, yours is grafted on. Everything below it stays: that is the transfer.
# $photo (String)
lab-look-at = Look at { $photo } with the network
lab-maps = What its layers answer to
    .about = Each small picture is one channel of a layer: bright where in the photo it found what it looks for. Only the strongest are shown.
# Name and meaning of the first layers, of those between, of the last.
lab-maps-edges = Edges
    .means = lines, corners and colours
lab-maps-textures = Textures
    .means = feathers, stripes, skin: patterns made of edges
lab-maps-parts = Parts
    .means = beaks, leaves, wheels: few places, much meaning
# $means (String) - one of those above, $layer (String), $shown (Number), $channels (Number), $side (Number)
lab-maps-layer = { $means }. Layer { $layer }, { $shown } of { $channels } channels, { $side } × { $side }
# For those who do not see the picture.
# $shown (Number), $layer (String)
lab-maps-alt = { $shown } maps of layer { $layer }, in grey: bright where the channel answers

## The Lab: which layer tells photos apart

lab-depth = Which layer tells your photos apart?
    .about = A small classifier sees one layer of the frozen network and nothing else, first one near the photo, then deeper ones, at last the end. Where the line is highest, the network knows most about your photos. Uses the classes ticked above.
    .measure = Measure
    .ready = Takes a moment: the network has seen the photos already.
    .measuring = Measuring with one layer after the other…
    .chart = Accuracy with one layer of the network
    .axis = Layer, from the photo to the end
    .accuracy = Right on photos left out
    .end = end
    .table = The same as a table
    .layer = Layer
    .numbers = Numbers it gives
    .right = Right
# $classes (String) - a list, $count (Number) - photos
lab-depth-how = { $classes }: every layer was judged on the same { photo-count }, each by a classifier that had not learned from it. Bars are 95 % ranges: where the true accuracy likely lies.
# What came out.
# $layer (Number), $layers (Number) - of so many, $best (String) - how often it is right, $end (String) - how often the end is
lab-depth-middle = For these photos, the middle of the network tells more than its end: layer { $layer } of { $layers } is right on { $best }, the end on { $end }. They look unlike the photos it learned from.
    .before-end = For these photos, layer { $layer } of { $layers } tells more than the end of the network: { $best } right, at the end { $end }. What it learned to see helps, but the last step was made for other photos.
    .open = The best is layer { $layer } of { $layers } with { $best }; the end has { $end }. So small a difference may be chance: more photos would tell.
# $end (String) - how often the end is right, $early (String) - how often the best of the first layers is
lab-depth-at-end = For these photos, the network knows most at its end: { $end } right, with its first layers { $early } at best. They look like the photos it learned from.
# $end (String) - how often the end is right
lab-depth-alike = No layer is clearly better than the end of the network, which is right on { $end }.

lab-near-far = Near and far
    .about = Transfer helps most where your photos look like those the network learned from. It saw 59 kinds of birds, and fruit too; it never had to tell letters apart, and drawings have no fur, light or shadow. How far apart is called the domain gap. Compare the same methods on both sets: how much does each win over training from scratch?
    .how = A set adds its classes to your project. Tick only those above, so that the sets do not mix.
lab-near = Near: birds and fruit
    .about = Photos of things like those it learned from. Expect feature extraction to be hard to beat.
lab-far = Far: letters and hand signs
    .about = Drawings unlike its photos. Edges still help, parts of animals do not: tuning deeper layers may pay off here.

## Problems: what is wrong, and what to do

# $detail (String) - for whoever mends it, always in English
problem-internal = { -graft } made a mistake ({ $detail }). Reload the page; if it comes back, report it.
problem-restarted = { -graft } made a mistake and started its work again. Your project is all there.
    .training = { -graft } made a mistake and had to stop training. Your project is all there: train again.
# $file (String)
problem-breaks = { -graft } made a mistake three times with your last change and left it out. The rest of your project is all there.
    .file = “{ $file }” makes { -graft } stop each time, so it was left out. Save it again in another program, then add that.
problem-outdated = There is a newer { -graft }, and this page can no longer start its parts. Reload the page to go on: what was saved is still there.
problem-computation = The network could not be run on a photo. Reload the page, or add ?device=cpu to its address.
# $reason (String) - one of those at the top
problem-device = The device asked for cannot be used, so another one runs. { $reason }
problem-device-lost = The GPU went away, so the CPU goes on. Your project is all there; reload to try the GPU again.
problem-diverged = Training ran off to infinity. Lower the learning rate under Advanced and train again.
# $set (String)
problem-sample-set = The set “{ $set }” could not be fetched. Check the connection and try again.
# $classes (Number), $most (Number)
problem-too-many-classes = That would make { $classes } classes, and a project takes { $most }. Put the photos into fewer folders, or delete classes.
problem-backbone-missing = The network could not be fetched. Check the connection and reload the page.
problem-backbone-damaged = The network arrived damaged. Reload the page.
problem-backbone-self-test = The network failed its self-test, so its answers cannot be trusted. Try another browser.
problem-no-head = There is no classifier yet. Train one, then save it.
problem-export = The file could not be written: a part of { -graft } that does this could not be fetched. Check the network and try again; your classifier is safe.
problem-head-too-large = Training on so many photos and classes would take more memory than a browser tab has. Delete some, or merge classes.
# $photos (Number)
problem-tuning-too-large = Fine-tuning on { $photos } photos would take more memory than a browser tab has. Choose fewer layers or feature extraction, or delete photos.

## Photos that cannot be used: one; several (`many`); and what is wrong, behind the file's name in a list (`fault`)

# $file (String), $count (Number)
photo-empty = “{ $file }” is empty. Copy it again from where it came from.
    .many = { $count } files are empty. Copy them again from where they came from.
    .fault = is empty
# $file (String), $count (Number)
photo-no-image = “{ $file }” is not an image. Choose a JPEG, PNG, WebP, GIF or BMP file.
    .many = { $count } files are not images and were left out. { -graft } reads JPEG, PNG, WebP, GIF and BMP.
    .fault = is not an image
# $file (String), $count (Number), $format (String)
photo-unsupported = “{ $file }” is { $format }, which this browser cannot read. Save it as JPEG and add it again.
    .many = { $count } photos have a format this browser cannot read, the last is { $format }. Save them as JPEG and add them again.
    .fault = is { $format }, which this browser cannot read
# $file (String), $count (Number)
photo-unusual-jpeg = “{ $file }” is an unusual kind of JPEG that this browser cannot read. Save it as an ordinary JPEG and add it again.
    .many = { $count } photos are of an unusual kind of JPEG that this browser cannot read. Save them as ordinary JPEGs and add them again.
    .fault = is an unusual kind of JPEG that this browser cannot read
# $file (String), $count (Number)
photo-raw = “{ $file }” is a camera's RAW file, which browsers cannot read. Save it as JPEG in a photo program and add that.
    .many = { $count } files are a camera's RAW files, which browsers cannot read. Save them as JPEG in a photo program and add those.
    .fault = is a camera's RAW file, which browsers cannot read
# $file (String), $count (Number)
photo-drawing = “{ $file }” is a drawing (SVG), not a photo. Save it as PNG or JPEG and add that.
    .many = { $count } files are drawings (SVG), not photos. Save them as PNG or JPEG and add those.
    .fault = is a drawing (SVG), not a photo
# $file (String), $count (Number)
photo-damaged = “{ $file }” is damaged or incomplete. Copy it again or leave it out.
    .many = { $count } photos are damaged or incomplete and were left out. Copy them again if you need them.
    .fault = is damaged or incomplete
# $file (String), $count (Number), $width (Number), $height (Number)
photo-too-large = “{ $file }” is { $width }×{ $height } pixels, too large. Save a smaller version and add that.
    .many = { $count } photos have too many pixels. Save smaller versions and add those.
    .fault = is { $width }×{ $height } pixels, too large
# $file (String), $count (Number), $megabytes (Number)
photo-too-many-bytes = “{ $file }” has { $megabytes } MB, too many for a photo. Save a smaller version and add that.
    .many = { $count } files are too large for photos. Save smaller versions and add those.
    .fault = has { $megabytes } MB, too many for a photo
# $file (String), $count (Number), $class (String)
photo-duplicate = “{ $file }” is already in class “{ $class }” and is kept once. Delete it there to put it elsewhere.
    .many = { $count } photos were already there and are kept once.
    .fault = is already in class “{ $class }” and is kept once
# $file (String), $class (String), $count (Number)
photo-in-test-set = “{ $file }” is in the test set, as “{ $class }”. Delete it there to use it elsewhere.
    .many = { $count } photos are in the test set and were left out.
    .fault = is in the test set, as “{ $class }”
# $file (String), $class (String), $count (Number)
photo-learned-from = “{ $file }” is in class “{ $class }”, and what a classifier learns from cannot test it. It was left out.
    .many = { $count } photos are in classes already. What a classifier learns from cannot test it, so they were left out.
    .fault = is in class “{ $class }” already, so it cannot test it
# $file (String), $count (Number)
photo-unreadable = “{ $file }” could not be read. Check that it still exists and add it again.
    .many = { $count } files could not be read. Check that they still exist and add them again.
    .fault = could not be read
# $file (String), $count (Number)
photo-no-class = “{ $file }” was passed over: it is in no folder that names a class. Put it into one, or add it to a class.
    .many = { $count } files were passed over: they lie in no folder that names a class. Put them into one, or add them to a class.
    .fault = was passed over: it is in no folder that names a class

## Zips and folders that cannot be used, or not wholly

# $file (String)
zip-damaged = “{ $file }” is damaged, or not a zip at all. Copy or download it again, or zip the folder once more.
# $file (String)
zip-no-photos = There are no photos in “{ $file }”. Zip photos, best in a folder for each class.
# $file (String), $files (Number)
zip-too-many = “{ $file }” holds { $files } files, too many at once. Split it into smaller ones.
# $file (String), $classes (Number), $most (Number)
zip-too-many-classes = With the folders in “{ $file }” there would be { $classes } classes, and a project takes { $most }. Put the photos into fewer folders and zip those.
# $file (String), $kind (String)
zip-other-kind = “{ $file }” is packed as { $kind }, which { -graft } cannot open. Unpack it and add the folder, or zip that.
# $file (String)
zip-password = “{ $file }” is locked with a password. Unpack it first and add the folder, or zip that without a password.
# $file (String), $method (String)
zip-method = “{ $file }” is packed in an unusual way ({ $method }) that { -graft } cannot open. Unpack it and add the folder, or zip that in the usual way.
# A way of packing that has a number and no name.
# $number (String)
zip-method-number = method { $number }
# $file (String)
zip-nested = “{ $file }” holds other zips instead of photos. Unpack it and add those: each becomes a class.
# $file (String)
zip-part = “{ $file }” is one part of a zip in several parts. Unpack them together and add the folder.
# $file (String)
zip-overlapping = The files in “{ $file }” overlap, so it is damaged or made to do harm. Zip the photos once more.
# $file (String), $megabytes (Number)
zip-bomb = “{ $file }” would unpack to { $megabytes } MB, far more than photos need, so it was not opened. Zip the photos once more.

# $file (String), $from (String), $count (Number)
left-out-not-photo = “{ $file }” in “{ $from }” is not a photo and was left out.
    .many = { $count } files in “{ $from }” are not photos and were left out.
# $file (String), $from (String), $count (Number)
left-out-archive = “{ $file }” inside “{ $from }” was left out. Unpack it and add the folder.
    .many = { $count } zips inside “{ $from }” were left out. Unpack them and add the folders.
# $file (String), $from (String), $count (Number)
left-out-loose = “{ $file }” was left out: it lies beside the folders of “{ $from }”, which name the classes. Drop it on a class.
    .many = { $count } photos were left out: they lie beside the folders of “{ $from }”, which name the classes. Drop them on a class.
# $count (Number), $folders (String) - a list, $from (String)
left-out-to-test = { photo-count } in { $folders } stayed out of the classes, to test with: what a classifier has learned from tells nothing of how good it is. Drop “{ $from }” on Try after training.
# $count (Number), $folders (String) - a list
left-out-into-test-set = { photo-count } in { $folders } went into the test set: nothing is learned from them.
# $count (Number), $classes (String) - a list
left-out-no-such-class =
    { $count ->
        [one] { $count } test photo was left out: there is no class { $classes }.
       *[other] { $count } test photos were left out: there is no class { $classes }.
    }
# $folders (String) - a list, $count (Number)
left-out-to-learn =
    { $count ->
        [one] Only the photos in { $folders } are tried. The other one is there to learn from.
       *[other] Only the photos in { $folders } are tried. The other { $count } are there to learn from.
    }
# $classes (String) - a list
left-out-merged = Folders inside of { $classes } were taken together: the outer folders name the classes.
# $from (String)
left-out-names = { -graft } could not tell in which alphabet the names in “{ $from }” are written. Correct the names of the classes if they look wrong.

## Classifiers that cannot be opened

# $file (String)
head-no-head = “{ $file }” is not a { -graft } classifier. Open a .safetensors file that { -graft } saved.
# $file (String)
head-damaged = “{ $file }” is damaged. Save it again, or copy it again from where it came from.
# $file (String), $found (Number), $known (Number)
head-newer = “{ $file }” has format { $found }, newer than this { -graft } knows ({ $known }). Use a newer { -graft }.
# $file (String)
head-not-finite = “{ $file }” holds weights that are not numbers. Train again and save a new one.
# $file (String)
head-shape = The parts of “{ $file }” do not fit together. Save it again, or train a new one.
# $file (String), $backbone (String)
head-unknown-backbone = “{ $file }” needs the network “{ $backbone }”, which this { -graft } lacks. Use the { -graft } it was saved with.
# $file (String), $backbone (String)
head-other-weights = “{ $file }” was trained on another version of “{ $backbone }”. Train again with this { -graft }.
# $file (String)
head-too-large = “{ $file }” is larger than any classifier that { -graft } makes. Open a .safetensors file that { -graft } saved.
# $file (String), $classes (Number), $most (Number)
head-too-many-classes = “{ $file }” tells { $classes } classes apart, and { -graft } takes up to { $most }. Train one with fewer classes.
# $file (String)
head-unbounded = “{ $file }” gives no usable answers, because its numbers grow without bound. Train again and save a new one.

## What the Lab cannot do

lab-problem-classes = A comparison needs two classes or more. Choose another one.
lab-problem-method = No method was chosen. Choose one or more to compare.
# $class (String), $count (Number) - its photos, $needed (Number)
lab-problem-photos = “{ $class }” has { photo-count }, and { $needed } are needed: some to learn from, and one or more to measure on. Add photos, or learn from fewer.
# $class (String)
lab-problem-alike = Too many photos of “{ $class }” look alike, as those of one burst do: what was learned from some cannot be measured on the others. Add photos taken at other moments, or learn from fewer.
lab-problem-training = Training is under way. Stop it, or wait until it is done, and try again.
lab-problem-running = The Lab is at work. Stop it, or wait until it is done, and try again.
lab-problem-no-photo = The network has not looked at this photo. Wait until it is read, or choose another one.
lab-problem-no-old-head = The network in use comes without its old head. Choose another network at the top.
lab-problem-old-head = The network's old head could not be used. Check the connection and try again.
lab-problem-memory = This would take more memory than a browser tab has. Choose fewer classes or photos, or a smaller resolution.
# $classes (Number), $most (Number)
lab-problem-too-many-classes = Your project has { $classes } classes with photos, and a classifier learns up to { $most }. Delete some, or put some together.
