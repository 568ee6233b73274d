-- The snapshots of the generation in force, without their states; or the state of one of them.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     revision of the snapshot whose state is wanted; "" for the list
-- Returns  { { version, revision, time (epoch ms), kept, point }, ... } newest first; or a state, { base, { "<revision>
--          <entry>", ... } }, false where it is not kept

local generation = redis.call('HGET', KEYS[1], 'generation') or '1'
local key = string.sub(KEYS[1], 1, -4) .. 'snapshots:' .. generation
local rows = {}
for i, one in ipairs(read_snapshots(key)) do
  if one.revision == ARGV[1] then return snapshot_state(key, one.version) end
  if ARGV[1] == '' then
    rows[i] = { one.version, one.revision, one.time, one.kept, redis.call('HGET', key, 'point:' .. one.version) or '' }
  end
end
if ARGV[1] ~= '' then return false end
return rows
