-- The base and the tail of a generation. Comes before every script that needs it; has no KEYS or ARGV of its own.
--
-- `{<set>}:state:<generation>` has the base in `state`, and whose state it is in `base_version` and `base_revision`;
-- `{<set>}:tail:<generation>` is a list with one "<revision> <entry>" for each version since, oldest first.
-- An earlier Wadi writes whole states and knows no tail: what was there before it does not end with the stored revision, and
-- counts as none. Where `tailed` is the stored revision, its commit knew of base and tail, so they need not be looked at.

local function made_by(entry, revision)
  return string.sub(entry, 1, #revision + 1) == revision .. ' '
end

-- { version, revision } of the base, and the length of the tail. `base`: what is stored of these two.
local function base_and_length(tail_key, version, revision, base)
  local length = base[1] and tonumber(version) - tonumber(base[1]) or -1
  if length == 0 and base[2] == revision then return base, 0 end
  if length > 0 and redis.call('LLEN', tail_key) == length then
    if made_by(redis.call('LINDEX', tail_key, -1), revision) then return base, length end
  end
  return { version, revision }, 0
end

-- { base, { entry, ... } } whole, or { false, { entry, ... } } since a known version.
local function stored_since(state_key, tail_key, version, revision, known_version, known_revision)
  local stored = redis.call('HMGET', state_key, 'base_version', 'base_revision')
  local base, length = base_and_length(tail_key, version, revision, stored)
  local lacking = tonumber(version) - tonumber(known_version)
  local is_known = false
  if known_revision ~= '' and lacking >= 0 and lacking <= length then
    if lacking == length then is_known = base[2] == known_revision
    else is_known = made_by(redis.call('LINDEX', tail_key, -lacking - 1), known_revision) end
  end
  if is_known then return { false, lacking == 0 and {} or redis.call('LRANGE', tail_key, -lacking, -1) } end
  local state = redis.call('HGET', state_key, 'state') or ''
  return { state, length == 0 and {} or redis.call('LRANGE', tail_key, 0, -1) }
end

-- Adds the entry that is learned on the stored version. `tailed`: whether that is known to be the end of base and tail.
local function add_entry(state_key, tail_key, version, revision, tailed, entry)
  if not tailed then
    local stored = redis.call('HMGET', state_key, 'base_version', 'base_revision')
    local base, length = base_and_length(tail_key, version, revision, stored)
    if length == 0 then
      redis.call('HSET', state_key, 'base_version', base[1], 'base_revision', base[2])
      redis.call('DEL', tail_key)
    end
  end
  redis.call('RPUSH', tail_key, entry)
end

-- The base is the state at that version, and these entries are its tail.
local function put_base(state_key, tail_key, version, revision, state, entries)
  redis.call('HSET', state_key, 'state', state, 'base_version', version, 'base_revision', revision)
  redis.call('DEL', tail_key)
  for i = 1, #entries, 1000 do redis.call('RPUSH', tail_key, unpack(entries, i, math.min(i + 999, #entries))) end
end

-- A state of before, `found` as stored_since gives it, is that of a new version: its last entry is the one that made it.
local function put_back(state_key, tail_key, version, revision, found)
  local entries = found[2]
  local base_version = string.format('%.0f', tonumber(version) - #entries)
  local base_revision = revision
  if #entries > 0 then
    local last = entries[#entries]
    entries[#entries] = revision .. string.sub(last, (string.find(last, ' ', 1, true)))
    base_revision = ''
  end
  put_base(state_key, tail_key, base_version, base_revision, found[1], entries)
end
