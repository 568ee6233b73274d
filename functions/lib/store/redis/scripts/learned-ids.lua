-- Learned ids, packed. Comes before every script that needs it; has no KEYS or ARGV of its own.
--
-- A generation's ids lie in epochs by the hour until which they must be kept, an epoch in buckets by hash: plain sets of
-- integers, small enough that Redis keeps them as sorted arrays (8 bytes an id). `ids`, JSON in the generation's hash,
-- says which there are: { width, epochs: [[end, count, buckets], ...], seen, since }, hours and numbers.
--
--   L1  An epoch ends at a multiple of `width` that no id in it outlives. What has ended is not looked at any more; its
--       buckets go by a time to live that is longer: by MARGIN, for a clock that is set right, and by up to an eighth of
--       the width, each bucket at a moment of its own, so that there never is much to delete at once.
--   L2  `width` is half of the longest time an id was to be kept: an id is looked for in three epochs, and kept longer than
--       it must be by a quarter of its time in the middle, by little more than half of it at most. It shrinks again where
--       in a whole day (from the hour `since` on, `seen` being the longest) none was kept for as long as one epoch.
--   L3  Linear hashing: one bucket more for each AVERAGE ids. The next bucket in line is split, a few hundred ids, so that
--       growth never takes long; with AVERAGE a bucket, none holds more than twice that and the spread of chance (512).
--   L4  Digests are strings here: a number of Lua has 53 bits. Their last nine decimal digits are hash enough.

local HOUR = 3600000
local MARGIN = 2 * HOUR
local AVERAGE = 210
local MOST_ARGUMENTS = 1000
local SHRINK_HOURS = 24

local call = redis.call

local function hash_of(id)
  return tonumber(string.sub(id, -9))
end

-- The largest power of two that is not above `buckets`.
local function level_of(buckets)
  local level = 1
  while level * 2 <= buckets do level = level * 2 end
  return level
end

local function bucket_of(hash, buckets, level)
  local bucket = hash % (level * 2)
  if bucket < buckets then return bucket end
  return hash % level
end

local function add_all(key, members)
  for from = 1, #members, MOST_ARGUMENTS do
    call('SADD', key, unpack(members, from, math.min(#members, from + MOST_ARGUMENTS - 1)))
  end
end

local function expire(prefix, ids, epoch, bucket, now)
  local margin = MARGIN + ids.width * HOUR / 8 * (bucket % 1024 / 1024)
  call('PEXPIRE', prefix .. epoch[1] .. ':' .. bucket, string.format('%.0f', epoch[1] * HOUR - now + margin))
end

local function split(prefix, ids, epoch, now)
  local new = epoch[3]
  local level = level_of(new)
  local old = new - level
  local old_key, new_key = prefix .. epoch[1] .. ':' .. old, prefix .. epoch[1] .. ':' .. new
  local stay, move = {}, {}
  for _, id in ipairs(call('SMEMBERS', old_key)) do
    local list = hash_of(id) % (level * 2) == new and move or stay
    list[#list + 1] = id
  end
  epoch[3] = new + 1
  if #move == 0 then return end
  -- Written again, so that the old bucket takes no more memory than what is left in it.
  call('DEL', old_key)
  add_all(old_key, stay)
  add_all(new_key, move)
  expire(prefix, ids, epoch, old, now)
  expire(prefix, ids, epoch, new, now)
end

-- What is known of a generation's ids at `now`, out of the JSON text that is stored.
local function read_ids(text, now)
  local ids = text and cjson.decode(text) or { width = 0, epochs = {} }
  local live = {}
  for _, epoch in ipairs(ids.epochs) do
    if epoch[1] * HOUR > now then live[#live + 1] = epoch end
  end
  return { width = ids.width, epochs = live, seen = ids.seen or 0, since = ids.since or 0 }
end

-- The 0-based indexes of those of `wanted` that were learned.
local function learned_among(prefix, ids, wanted)
  local learned, hashes = {}, {}
  for i, id in ipairs(wanted) do hashes[i] = hash_of(id) end
  for _, epoch in ipairs(ids.epochs) do
    local place, buckets, level = prefix .. epoch[1] .. ':', epoch[3], level_of(epoch[3])
    for i, id in ipairs(wanted) do
      if call('SISMEMBER', place .. bucket_of(hashes[i], buckets, level), id) == 1 then learned[#learned + 1] = i - 1 end
    end
  end
  table.sort(learned)
  return learned
end

-- The epoch that ends then, with room for so many more ids.
local function roomy_epoch(prefix, ids, last, more, now)
  local epoch
  for _, one in ipairs(ids.epochs) do
    if one[1] == last then epoch = one end
  end
  if epoch then
    epoch[2] = epoch[2] + more
    while epoch[2] > AVERAGE * epoch[3] do split(prefix, ids, epoch, now) end
  else
    epoch = { last, more, math.ceil(more / AVERAGE), fresh = true }
    ids.epochs[#ids.epochs + 1] = epoch
  end
  return epoch
end

-- Adds ids that are not among them; `hours[i]` is the hour until which `new[i]` must be kept. `share`: how many epochs the
-- longest of these times is; 2 by L2, 3 for ids whose time is the end of an epoch, or each move would make epochs wider.
local function learn_all(prefix, ids, new, hours, now, share)
  local next_hour = math.floor(now / HOUR) + 1
  local longest = 1
  for _, hour in ipairs(hours) do longest = math.max(longest, hour - next_hour + 1) end
  if ids.since == 0 then ids.since = next_hour end
  if next_hour - ids.since >= SHRINK_HOURS then
    if ids.seen > 0 and math.max(ids.seen, longest) < ids.width then ids.width = math.ceil(math.max(ids.seen, longest) / share) end
    ids.seen, ids.since = 0, next_hour
  end
  ids.seen = math.max(ids.seen, longest)
  if longest > ids.width * 3 then ids.width = math.ceil(longest / share) end

  local lasts, counts = {}, {}
  for i, hour in ipairs(hours) do
    local last = math.ceil(math.max(hour, next_hour) / ids.width) * ids.width
    lasts[i], counts[last] = last, (counts[last] or 0) + 1
  end

  for last, more in pairs(counts) do
    local epoch = roomy_epoch(prefix, ids, last, more, now)
    local place, buckets, level = prefix .. last .. ':', epoch[3], level_of(epoch[3])
    local touched = {}
    for i, id in ipairs(new) do
      if lasts[i] == last then
        local bucket = bucket_of(hash_of(id), buckets, level)
        call('SADD', place .. bucket, id)
        touched[bucket] = true
      end
    end
    if epoch.fresh then
      epoch.fresh = nil -- it is stored as an array
      for bucket in pairs(touched) do expire(prefix, ids, epoch, bucket, now) end
    end
  end
end
