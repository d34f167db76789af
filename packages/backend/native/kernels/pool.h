// Threads of our own: TensorFlow's can't be had through its C API, and OpenMP would make a team for each of TensorFlow's
// threads, whose members spin while they wait.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "vector.h"

namespace immiscible {

class Pool {
  struct Job {
    const std::function<void(int64_t)>* body;
    int64_t count;
    std::atomic<int64_t> next{0};
    int helpers = 0;  // under the mutex
  };
  std::mutex mutex;
  std::condition_variable wake, idle;
  std::deque<Job*> jobs;
  const int threads;

  /** IMMISCIBLE_KERNEL_THREADS, else as many as this process may run at once. */
  static int wanted() {
    const char* text = std::getenv("IMMISCIBLE_KERNEL_THREADS");
    const int given = text ? std::atoi(text) : 0;
    return std::clamp(given > 0 ? given : static_cast<int>(std::thread::hardware_concurrency()), 1, 256);
  }

  static void work(Job& job) {
    const FlushDenormals flush;
    for (int64_t i; (i = job.next.fetch_add(1)) < job.count;) (*job.body)(i);
  }

  void serve() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return !jobs.empty(); });
      Job* job = jobs.front();
      if (job->next.load() >= job->count) {
        jobs.pop_front();
        continue;
      }
      job->helpers++;
      lock.unlock();
      work(*job);
      lock.lock();
      if (!jobs.empty() && jobs.front() == job) jobs.pop_front();
      if (--job->helpers == 0) idle.notify_all();
    }
  }

  Pool() : threads(wanted()) {
    for (int i = 1; i < threads; i++) std::thread([this] { serve(); }).detach();
  }

 public:
  static Pool& shared() {
    static Pool* pool = new Pool;  // never destroyed: its threads may outlive main
    return *pool;
  }

  /** How many run at once, the caller's own included. */
  int size() const { return threads; }

  void run(int64_t count, const std::function<void(int64_t)>& body) {
    Job job{&body, count};
    if (count < 2 || threads == 1) return work(job);
    {
      const std::lock_guard<std::mutex> lock(mutex);
      jobs.push_back(&job);
    }
    wake.notify_all();
    work(job);
    std::unique_lock<std::mutex> lock(mutex);
    jobs.erase(std::remove(jobs.begin(), jobs.end(), &job), jobs.end());
    idle.wait(lock, [&] { return job.helpers == 0; });
  }
};

/** Calls body(0) … body(count − 1), several at a time, in no order. What a call computes must not depend on the others. */
inline void parallel(int64_t count, const std::function<void(int64_t)>& body) { Pool::shared().run(count, body); }

}  // namespace immiscible
