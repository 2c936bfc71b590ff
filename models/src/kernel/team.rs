//! Threads that stay: a piece of work for each of many items, shared out as they become free.
//!
//! Not a queue: one call at a time, and the caller takes part. A call from inside the work, or from a second thread
//! meanwhile, is done by its own thread alone; results do not depend on who does what.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a thread waits for the next call before it sleeps: longer than what lies between two operations of a
/// layer, shorter than what others on the machine would notice.
const SPIN: Duration = Duration::from_micros(50);

/// In `Shared::state`: the call takes no more threads. Below are the threads that joined it, above is its number.
const CLOSED: u64 = 1 << 31;
const CALL: u64 = 1 << 32;

/// Threads for one kind of work.
#[derive(Debug)]
pub(crate) struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    turn: Mutex<()>,
}

#[derive(Clone, Copy)]
struct Job {
    work: *const (dyn Fn(usize) + Sync),
    items: usize,
}

struct Shared {
    /// Number of the call, whether it is closed, and how many threads have joined it.
    state: AtomicU64,
    /// How many of those are done.
    done: AtomicUsize,
    /// The next item.
    next: AtomicUsize,
    job: UnsafeCell<Option<Job>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    asleep: Vec<AtomicBool>,
    stop: AtomicBool,
}

// SAFETY: `job` is written only while the state is closed and all who joined are done, and read only by a thread that
// has joined an open call; the state's acquire and release orders the two. The pointer in it is to `Sync` work.
unsafe impl Sync for Shared {}
// SAFETY: as above; nothing in it is bound to a thread.
unsafe impl Send for Shared {}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Team {
    /// A team of so many threads, the caller of [`Team::run`] being one of them.
    pub(crate) fn new(threads: usize) -> Self {
        let count = threads.max(1) - 1;
        let shared = Arc::new(Shared {
            state: AtomicU64::new(CLOSED),
            done: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            job: UnsafeCell::new(None),
            panic: Mutex::new(None),
            asleep: (0..count).map(|_| AtomicBool::new(false)).collect(),
            stop: AtomicBool::new(false),
        });
        let workers = (0..count)
            .map_while(|index| {
                let shared = Arc::clone(&shared);
                // A system that gives no more threads is slower, not broken.
                thread::Builder::new()
                    .name(format!("kernel-{index}"))
                    .spawn(move || shared.serve(index))
                    .ok()
            })
            .collect();
        Self {
            shared,
            workers,
            turn: Mutex::new(()),
        }
    }

    /// Threads in it, the caller's among them.
    pub(crate) fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `work` once for each number below `items`, and returns when all calls have.
    ///
    /// # Panics
    /// When one of the calls does; items that nobody had begun are then left out.
    pub(crate) fn run(&self, items: usize, work: &(dyn Fn(usize) + Sync)) {
        let turn = match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if items <= 1 || self.workers.is_empty() || turn.is_none() {
            (0..items).for_each(work);
            return;
        }
        let shared = &*self.shared;
        // SAFETY: the lifetime is only hidden: this function does not return, nor unwind, before every thread that
        // joined the call is done, and no thread joins a closed call.
        let work = unsafe {
            std::mem::transmute::<
                *const (dyn Fn(usize) + Sync + '_),
                *const (dyn Fn(usize) + Sync + 'static),
            >(std::ptr::from_ref(work))
        };
        shared.open(Job { work, items });
        for (worker, asleep) in self.workers.iter().zip(&shared.asleep) {
            if asleep.swap(false, Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        shared.take_items(Job { work, items });
        shared.close();
        let panic = shared
            .panic
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(turn);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A thread does not panic outside `take_items`, which holds panics.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn open(&self, job: Job) {
        // SAFETY: the last call is closed and its threads are done, so that nobody reads it; see `Sync` above.
        unsafe { *self.job.get() = Some(job) };
        self.next.store(0, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        let number = self.state.load(Ordering::Relaxed) / CALL;
        // Numbers go round after 2^32 calls, when no thread remembers them.
        self.state
            .store(number.wrapping_add(1).wrapping_mul(CALL), Ordering::SeqCst);
    }

    /// Lets nobody join any more and waits for those who did.
    fn close(&self) {
        let state = self.state.fetch_or(CLOSED, Ordering::AcqRel);
        let joined = (state & (CLOSED - 1)) as usize;
        let begin = Instant::now();
        let mut patient = true;
        while self.done.load(Ordering::Acquire) < joined {
            if patient {
                spin_loop();
                patient = begin.elapsed() < SPIN;
            } else {
                // Another program may have the thread's processor.
                thread::yield_now();
            }
        }
    }

    fn take_items(&self, job: Job) {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the call is open, or closed but waiting for this thread, so that the work is alive.
            let work = unsafe { &*job.work };
            loop {
                let item = self.next.fetch_add(1, Ordering::Relaxed);
                if item >= job.items {
                    break;
                }
                work(item);
            }
        }));
        if let Err(panic) = outcome {
            self.next.store(job.items, Ordering::Relaxed);
            let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(panic);
        }
    }

    /// The life of a worker.
    fn serve(&self, index: usize) {
        let mut seen = 0;
        while self.wait(index, seen) {
            let state = self.state.load(Ordering::Acquire);
            seen = state / CALL;
            if self.join(state) {
                // SAFETY: this thread has joined an open call: the job was written before it was opened and is not
                // written again before this thread is done.
                if let Some(job) = unsafe { *self.job.get() } {
                    self.take_items(job);
                }
                self.done.fetch_add(1, Ordering::Release);
            }
        }
    }

    fn join(&self, mut state: u64) -> bool {
        let number = state / CALL;
        while state & CLOSED == 0 && state / CALL == number {
            match self.state.compare_exchange_weak(
                state,
                state + 1,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Waits for another call than `seen`; false when the team ends.
    fn wait(&self, index: usize, seen: u64) -> bool {
        let begin = Instant::now();
        loop {
            for _ in 0..16 {
                if self.state.load(Ordering::Acquire) / CALL != seen {
                    return true;
                }
                spin_loop();
            }
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            if begin.elapsed() > SPIN {
                break;
            }
        }
        self.asleep[index].store(true, Ordering::SeqCst);
        loop {
            let called = self.state.load(Ordering::SeqCst) / CALL != seen;
            let stopped = self.stop.load(Ordering::SeqCst);
            if called || stopped {
                self.asleep[index].store(false, Ordering::SeqCst);
                return !stopped;
            }
            thread::park();
        }
    }
}
