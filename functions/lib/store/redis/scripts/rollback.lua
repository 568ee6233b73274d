-- A new version of the generation in force, with the state of a snapshot; what it replaces becomes a snapshot. Learned ids stay.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     test time, revision of the snapshot, revision of the new version, history point ("" for none), how many
--          snapshots are kept
-- Returns  { "committed", version, version before, its history point } also where it was done before, whatever was
--          committed since
--          { "held", until }
--          { "absent" } where there is no such snapshot

local base = string.sub(KEYS[1], 1, -4)
local now = time_of(ARGV[1])
local pointer = redis.call('HMGET', KEYS[1], 'generation', 'until')
local generation = pointer[1] or '1'
local key = base .. 'snapshots:' .. generation
local wanted
for _, one in ipairs(read_snapshots(key)) do
  if one.by == ARGV[3] then
    return { 'committed', one.made, one.version, redis.call('HGET', key, 'point:' .. one.version) or '' }
  end
  if one.revision == ARGV[2] then wanted = one end
end
if pointer[2] and tonumber(pointer[2]) > now then return { 'held', pointer[2] } end
local found = wanted and snapshot_state(key, wanted.version)
if not found then return { 'absent' } end

local state_key, history_key = base .. 'state:' .. generation, base .. 'history:' .. generation
local tail_key = base .. 'tail:' .. generation
local stored = redis.call('HMGET', state_key, 'version', 'revision')
local made = string.format('%.0f', tonumber(stored[1]) + 1)
local newest = redis.call('LINDEX', history_key, 0) or ''
local version, point = string.match(newest, '^(%d+) (.*)$')
if version ~= stored[1] then point = '' end

local before = { version = stored[1], revision = stored[2], time = string.format('%.0f', now), kept = 'rollback', by = ARGV[3], made = made }
local replaced = stored_since(state_key, tail_key, stored[1], stored[2], '0', '')
keep_snapshot(key, before, replaced, point, math.max(1, tonumber(ARGV[5])))
put_back(state_key, tail_key, made, ARGV[3], found)
redis.call('HSET', state_key, 'version', made, 'revision', ARGV[3], 'refused', 0, 'turn', 0)
if ARGV[4] ~= '' then redis.call('LPUSH', history_key, made .. ' ' .. ARGV[4]) end
return { 'committed', made, stored[1], point }
