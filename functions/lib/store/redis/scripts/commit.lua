-- One commit to a model set: check and write in one step.
--
-- KEYS[1]  the set's pointer, `{<set>}:set`: a hash of `generation` (in force; "1" where there is none), `holder`,
--          `until` (of the hold, epoch ms), `committed` ("1" once anything was), `previous` (the generation in force before).
--          All other keys of the set bear its tag:
--          `{<set>}:state:<generation>`   hash of version, revision, the base (see tail.lua), ids (see learned-ids.lua); and, for
--                                the writers to take turns, `refused`, how many commits met a conflict since the last one,
--                                and `turn`, until when the last one's writer goes on (epoch ms)
--          `{<set>}:tail:<generation>`    see tail.lua
--          `{<set>}:history:<generation>` list of "<version> <point>", newest first
--          `{<set>}:ids:<generation>:<epoch>:<bucket>`  sets of learned ids
--          `{<set>}:snapshots:<generation>` see snapshots.lua
--          `{<set>}:brought`, `{<set>}:retired` sets of generations: begun to be adopted (adopt.lua), to be removed (remove.lua)
-- ARGV     test time; generation to commit to ("" for the one in force); then the commit's generation,
--          expectedRevision, the version of that (-1 where it is not told), revision, "state" or "entry", the state or the
--          entry, history point ("" for none), milliseconds for which its writer goes on;
--          of how many versions one is a snapshot (0: none), how many snapshots are kept;
--          and for each id: id, hour until which it is kept
-- Returns  { "committed", version, conflicts since the commit before }
--          { "held", until }
--          { "conflict", generation, version, revision, base, tail, { index of a learned id, ... }, milliseconds left of the
--            last writer's turn }   base and tail as load.lua; indexes from 0
--          { "duplicate", { index of a learned id, ... } }
--          { "no base" } for an entry where nothing was committed yet
--
-- The count of conflicts and the turn are hints: they are neither logged nor replicated (a conflict waits for no disk), and
-- where they cannot be written the answer is the same.
-- The first write of a commit is one that a Redis without memory or a disk refuses; so nothing is ever half done.

local HISTORY_POINTS = 10000
local FIRST_ID = 13

local base = string.sub(KEYS[1], 1, -4)
local now = time_of(ARGV[1])
local pointer = redis.call('HMGET', KEYS[1], 'generation', 'until')
local in_force = pointer[1] or '1'
local generation = ARGV[2] ~= '' and ARGV[2] or in_force
local state_key, tail_key = base .. 'state:' .. generation, base .. 'tail:' .. generation
local stored = redis.call('HMGET', state_key, 'version', 'revision', 'ids', 'refused', 'turn')
local version, revision = stored[1] or '0', stored[2] or ''

if revision == ARGV[6] then return { 'committed', version, 0 } end
if generation == in_force and pointer[2] and tonumber(pointer[2]) > now then return { 'held', pointer[2] } end

local new, hours = {}, {}
for i = FIRST_ID, #ARGV, 2 do
  new[#new + 1] = ARGV[i]
  hours[#hours + 1] = tonumber(ARGV[i + 1])
end
local prefix = base .. 'ids:' .. generation .. ':'
local ids = read_ids(stored[3], now)
local learned = learned_among(prefix, ids, new)

if ARGV[3] ~= generation or ARGV[4] ~= revision then
  local found = stored_since(state_key, tail_key, version, revision, ARGV[5], ARGV[4])
  if version ~= '0' then
    redis.set_repl(redis.REPL_NONE)
    redis.pcall('HINCRBY', state_key, 'refused', 1)
  end
  local left = math.max(0, (tonumber(stored[5]) or 0) - now)
  return { 'conflict', generation, version, revision, found[1], found[2], learned, left }
end
if #learned > 0 then return { 'duplicate', learned } end

local next_version = string.format('%.0f', tonumber(version) + 1)
if ARGV[7] == 'state' then
  put_base(state_key, tail_key, next_version, ARGV[6], ARGV[8], {})
else
  if version == '0' then return { 'no base' } end
  local its, length = base_and_length(state_key, tail_key, version, revision)
  if length == 0 then
    redis.call('HSET', state_key, 'base_version', its[1], 'base_revision', its[2])
    redis.call('DEL', tail_key)
  end
  redis.call('RPUSH', tail_key, ARGV[6] .. ' ' .. ARGV[8])
end
redis.call('HSET', state_key, 'version', next_version, 'revision', ARGV[6])
if #new > 0 then
  learn_all(prefix, ids, new, hours, now, 2)
  redis.call('HSET', state_key, 'ids', cjson.encode(ids))
end
if ARGV[9] ~= '' then
  local history_key = base .. 'history:' .. generation
  redis.call('LPUSH', history_key, next_version .. ' ' .. ARGV[9])
  redis.call('LTRIM', history_key, 0, HISTORY_POINTS - 1)
end
if tonumber(ARGV[11]) > 0 and tonumber(next_version) % tonumber(ARGV[11]) == 0 then
  local snapshot = { version = next_version, revision = ARGV[6], time = string.format('%.0f', now), kept = 'commit' }
  local found = stored_since(state_key, tail_key, next_version, ARGV[6], '0', '')
  keep_snapshot(base .. 'snapshots:' .. generation, snapshot, found, ARGV[9], tonumber(ARGV[12]))
end
if version == '0' then redis.call('HSET', KEYS[1], 'committed', '1') end
redis.set_repl(redis.REPL_NONE)
redis.call('HSET', state_key, 'refused', 0, 'turn', string.format('%.0f', now + tonumber(ARGV[10])))
return { 'committed', next_version, tonumber(stored[4] or 0) }
