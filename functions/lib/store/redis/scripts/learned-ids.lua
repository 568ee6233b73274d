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

-- To make a text of a number, or a number of a text, takes as long as a read, and the same few come again and again.
local texts, numbers = {}, {}

local function text_of(number)
  local text = texts[number] or string.format('%.0f', number)
  texts[number] = text
  return text
end

local function number_of(text)
  local number = numbers[text] or tonumber(text)
  numbers[text] = number
  return number
end

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

-- { [bucket] = { id, ... } } of these ids.
local function by_bucket(ids, buckets)
  if buckets == 1 then return { [0] = ids } end
  local level, lists = level_of(buckets), {}
  for _, id in ipairs(ids) do
    local bucket = bucket_of(hash_of(id), buckets, level)
    local list = lists[bucket] or {}
    list[#list + 1], lists[bucket] = id, list
  end
  return lists
end

local function add_all(key, members)
  for from = 1, #members, MOST_ARGUMENTS do
    call('SADD', key, unpack(members, from, math.min(#members, from + MOST_ARGUMENTS - 1)))
  end
end

-- Adds to `found` those of `wanted` that are members.
local function find_members(key, wanted, found)
  if #wanted == 1 then
    found[wanted[1]] = found[wanted[1]] or call('SISMEMBER', key, wanted[1]) == 1
    return
  end
  for from = 1, #wanted, MOST_ARGUMENTS do
    local some = call('SMISMEMBER', key, unpack(wanted, from, math.min(#wanted, from + MOST_ARGUMENTS - 1)))
    for i, is_member in ipairs(some) do
      if is_member == 1 then found[wanted[from + i - 1]] = true end
    end
  end
end

local function expire(prefix, ids, epoch, bucket, now)
  local margin = MARGIN + ids.width * HOUR / 8 * (bucket % 1024 / 1024)
  call('PEXPIRE', prefix .. text_of(epoch[1]) .. ':' .. text_of(bucket), string.format('%.0f', epoch[1] * HOUR - now + margin))
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

-- The JSON text to store: whole numbers all, and cjson would take longer than two writes.
local function text_of_ids(ids)
  local epochs = ''
  for i, epoch in ipairs(ids.epochs) do
    local numbers = text_of(epoch[1]) .. ',' .. text_of(epoch[2]) .. ',' .. text_of(epoch[3])
    epochs = epochs .. (i == 1 and '[' or ',[') .. numbers .. ']'
  end
  return '{"epochs":[' .. epochs .. '],"width":' .. text_of(ids.width) .. ',"seen":' .. text_of(ids.seen)
    .. ',"since":' .. text_of(ids.since) .. '}'
end

-- The 0-based indexes of those of `wanted` that were learned.
local function learned_among(prefix, ids, wanted)
  local found, learned = {}, {}
  for _, epoch in ipairs(ids.epochs) do
    local place = prefix .. text_of(epoch[1]) .. ':'
    for bucket, some in pairs(by_bucket(wanted, epoch[3])) do find_members(place .. text_of(bucket), some, found) end
  end
  for i, id in ipairs(wanted) do
    if found[id] then learned[#learned + 1] = i - 1 end
  end
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

  local ending = {}
  for i, hour in ipairs(hours) do
    local last = math.ceil(math.max(hour, next_hour) / ids.width) * ids.width
    local list = ending[last] or {}
    list[#list + 1], ending[last] = new[i], list
  end

  for last, some in pairs(ending) do
    local epoch = roomy_epoch(prefix, ids, last, #some, now)
    local place = prefix .. text_of(last) .. ':'
    for bucket, members in pairs(by_bucket(some, epoch[3])) do
      add_all(place .. text_of(bucket), members)
      if epoch.fresh then expire(prefix, ids, epoch, bucket, now) end
    end
    epoch.fresh = nil -- it is stored as an array
  end
end
