// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Holds what the stages of a workflow are worth until each is earned, or given back.
/// @notice Nobody owns this contract, and nothing of it can be changed or stopped.
///
/// 1. Every wei is locked for one stage or owed to one account, which anybody may pay out to that account.
/// 2. A stage moves None -> Open -> Completed -> (Disputed ->) Paid or Refunded, and never back.
/// 3. To say the same thing again changes nothing; to say another thing of a completed stage is refused.
/// 4. Whatever a funder, an orchestrator or an arbiter leaves undone, time does: what is open goes back after the deadline,
///    what is completed is paid after its window, what is disputed is paid after the arbitration period.
contract WorkflowEscrow is EIP712, ReentrancyGuardTransient {
    enum StageState {
        None,
        Open,
        Completed,
        Disputed,
        Paid,
        Refunded
    }

    /// @param maxResponseTime In milliseconds.
    /// @param minSuccessRate In ten thousandths.
    struct Sla {
        uint64 maxResponseTime;
        uint16 minSuccessRate;
    }

    /// @param agentId Hash of the agent's id, or zero: whoever is chosen.
    /// @param maxDuration In seconds.
    /// @param payee Who alone can earn the payment, or zero: whom the orchestrator names.
    struct StageTerms {
        bytes32 agentId;
        bytes32[] requiredSkills;
        uint32 maxDuration;
        uint96 payment;
        Sla slaRequirements;
        address payee;
    }

    /// @param orchestrator Says which stages are completed.
    /// @param arbiter Decides disputes; zero only where there is no dispute window.
    /// @param deadline When open stages may be given back by anybody: seconds since 1970.
    /// @param disputeWindow Seconds after a completion in which the funder may dispute it; 0: it is paid at once.
    /// @param arbitrationPeriod Seconds that the arbiter has; after them the stage is paid.
    struct EscrowTerms {
        address orchestrator;
        address arbiter;
        uint64 deadline;
        uint32 disputeWindow;
        uint32 arbitrationPeriod;
    }

    struct Completion {
        uint256 stage;
        address payee;
        bytes32 resultHash;
    }

    struct Escrow {
        address funder;
        uint64 deadline;
        uint32 disputeWindow;
        address orchestrator;
        uint32 arbitrationPeriod;
        uint32 stageCount;
        address arbiter;
    }

    /// @param completionTag Start of a hash of who completed the stage with which result.
    struct Stage {
        address payee;
        uint96 payment;
        StageState state;
        uint64 releaseAt;
        bytes20 completionTag;
    }

    uint256 public constant MAX_STAGES = 256;

    bytes32 private constant COMPLETION_TYPEHASH =
        keccak256("StageCompletion(bytes32 escrowId,uint256 stage,address payee,bytes32 resultHash)");
    bytes32 private constant FAILURE_TYPEHASH = keccak256("WorkflowFailure(bytes32 escrowId,bytes32 reasonHash)");

    mapping(bytes32 escrowId => Escrow) public escrows;
    mapping(bytes32 escrowId => mapping(uint256 stage => Stage)) public stages;
    mapping(address account => uint256) public owed;
    uint256 public totalOwed;
    uint256 public totalLocked;

    event WorkflowCreated(
        bytes32 indexed escrowId,
        bytes32 indexed workflowId,
        address indexed funder,
        address orchestrator,
        address arbiter,
        uint256 amount,
        uint64 deadline
    );
    event StageOpened(
        bytes32 indexed escrowId,
        uint256 indexed stage,
        bytes32 indexed agentId,
        bytes32[] requiredSkills,
        uint32 maxDuration,
        uint96 payment,
        Sla slaRequirements
    );
    event StageCompleted(
        bytes32 indexed escrowId, uint256 indexed stage, address indexed payee, bytes32 resultHash, uint64 releaseAt
    );
    event StageDisputed(bytes32 indexed escrowId, uint256 indexed stage, uint64 releaseAt);
    event PaymentReleased(
        bytes32 indexed escrowId, uint256 indexed stage, address indexed payee, uint256 amount
    );
    event StageRefunded(bytes32 indexed escrowId, uint256 indexed stage, address indexed funder, uint256 amount);
    event WorkflowFailed(bytes32 indexed escrowId, bytes32 reasonHash, uint256 refunded);
    event Withdrawn(address indexed account, uint256 amount);

    error EscrowExists(bytes32 escrowId);
    error UnknownEscrow(bytes32 escrowId);
    error WrongValue(uint256 sent, uint256 needed);
    error BadTerms();
    error NotAllowed(address caller);
    error WrongPayee(uint256 stage, address payee);
    error WrongState(uint256 stage, StageState state);
    error TooEarly(uint256 opensAt);
    error TooLate(uint256 closedAt);
    error NothingOwed(address account);
    error TransferFailed(address account);

    constructor() EIP712("WorkflowEscrow", "1") {}

    /// @notice An escrow's id holds its funder: nobody can take a workflow's id before its funder does.
    function escrowIdOf(address funder, bytes32 workflowId) public pure returns (bytes32) {
        return keccak256(abi.encode(funder, workflowId));
    }

    /// @notice Locks the sum of all payments, which must come with the call to the wei.
    function createWorkflow(bytes32 workflowId, StageTerms[] calldata stageTerms, EscrowTerms calldata terms)
        external
        payable
        returns (bytes32 escrowId)
    {
        escrowId = escrowIdOf(msg.sender, workflowId);
        if (escrows[escrowId].funder != address(0)) revert EscrowExists(escrowId);
        _checkTerms(stageTerms.length, terms);
        escrows[escrowId] = Escrow({
            funder: msg.sender,
            deadline: terms.deadline,
            disputeWindow: terms.disputeWindow,
            orchestrator: terms.orchestrator,
            arbitrationPeriod: terms.arbitrationPeriod,
            stageCount: uint32(stageTerms.length),
            arbiter: terms.arbiter
        });
        uint256 needed = _openStages(escrowId, stageTerms);
        if (msg.value != needed) revert WrongValue(msg.value, needed);
        totalLocked += needed;
        emit WorkflowCreated(
            escrowId, workflowId, msg.sender, terms.orchestrator, terms.arbiter, needed, terms.deadline
        );
    }

    /// @notice Sent by the orchestrator, or by anybody with its signature.
    /// @return changed False: this very completion is on record already.
    function completeStage(bytes32 escrowId, Completion calldata completion, bytes calldata signature)
        external
        returns (bool changed)
    {
        Escrow storage escrow = _find(escrowId);
        bytes32 said = keccak256(
            abi.encode(COMPLETION_TYPEHASH, escrowId, completion.stage, completion.payee, completion.resultHash)
        );
        _authorize(escrow.orchestrator, said, signature);
        return _complete(escrowId, escrow, completion);
    }

    /// @notice Several completions of one escrow, by its orchestrator.
    function completeStages(bytes32 escrowId, Completion[] calldata completions) external returns (uint256 changed) {
        Escrow storage escrow = _find(escrowId);
        if (msg.sender != escrow.orchestrator) revert NotAllowed(msg.sender);
        for (uint256 i = 0; i < completions.length; ++i) {
            if (_complete(escrowId, escrow, completions[i])) ++changed;
        }
    }

    /// @notice The funder holds a completed stage back, within its window, until the arbiter decides.
    function dispute(bytes32 escrowId, uint256 stage) external {
        Escrow storage escrow = _find(escrowId);
        Stage storage found = stages[escrowId][stage];
        if (msg.sender != escrow.funder) revert NotAllowed(msg.sender);
        if (found.state != StageState.Completed) revert WrongState(stage, found.state);
        if (block.timestamp >= found.releaseAt) revert TooLate(found.releaseAt);
        found.state = StageState.Disputed;
        found.releaseAt = uint64(block.timestamp) + escrow.arbitrationPeriod;
        emit StageDisputed(escrowId, stage, found.releaseAt);
    }

    /// @notice The arbiter decides a dispute.
    function resolve(bytes32 escrowId, uint256 stage, bool isEarned) external {
        Escrow storage escrow = _find(escrowId);
        Stage storage found = stages[escrowId][stage];
        if (msg.sender != escrow.arbiter) revert NotAllowed(msg.sender);
        if (found.state != StageState.Disputed) revert WrongState(stage, found.state);
        if (isEarned) _pay(escrowId, stage, found);
        else _refund(escrowId, escrow.funder, stage, found);
    }

    /// @notice Anybody releases what was not disputed in time, or not decided in time.
    /// @return changed False: it is paid already.
    function release(bytes32 escrowId, uint256 stage) external returns (bool changed) {
        _find(escrowId);
        Stage storage found = stages[escrowId][stage];
        if (found.state == StageState.Paid) return false;
        if (found.state != StageState.Completed && found.state != StageState.Disputed) {
            revert WrongState(stage, found.state);
        }
        if (block.timestamp < found.releaseAt) revert TooEarly(found.releaseAt);
        _pay(escrowId, stage, found);
        return true;
    }

    /// @notice The workflow is over: what nobody completed goes back to the funder. Sent by the orchestrator, or by anybody
    /// with its signature.
    function failWorkflow(bytes32 escrowId, bytes32 reasonHash, bytes calldata signature)
        external
        returns (uint256 refunded)
    {
        Escrow storage escrow = _find(escrowId);
        _authorize(escrow.orchestrator, keccak256(abi.encode(FAILURE_TYPEHASH, escrowId, reasonHash)), signature);
        refunded = _refundOpen(escrowId, escrow);
        if (refunded > 0) emit WorkflowFailed(escrowId, reasonHash, refunded);
    }

    /// @notice After the deadline anybody gives back what is still open.
    function refundExpired(bytes32 escrowId) external returns (uint256 refunded) {
        Escrow storage escrow = _find(escrowId);
        if (block.timestamp <= escrow.deadline) revert TooEarly(uint256(escrow.deadline) + 1);
        return _refundOpen(escrowId, escrow);
    }

    /// @notice Pays an account what it is owed. Anybody may call it; only the account is paid.
    function withdraw(address account) external nonReentrant {
        uint256 amount = owed[account];
        if (amount == 0) revert NothingOwed(account);
        owed[account] = 0;
        totalOwed -= amount;
        emit Withdrawn(account, amount);
        (bool isPaid,) = account.call{value: amount}("");
        if (!isPaid) revert TransferFailed(account);
    }

    function _checkTerms(uint256 count, EscrowTerms calldata terms) private view {
        if (count == 0 || count > MAX_STAGES) revert BadTerms();
        if (terms.orchestrator == address(0) || terms.deadline <= block.timestamp) revert BadTerms();
        if (terms.arbiter == address(0) && terms.disputeWindow != 0) revert BadTerms();
    }

    function _openStages(bytes32 escrowId, StageTerms[] calldata all) private returns (uint256 needed) {
        for (uint256 i = 0; i < all.length; ++i) {
            StageTerms calldata terms = all[i];
            needed += terms.payment;
            Stage storage stage = stages[escrowId][i];
            stage.payee = terms.payee;
            stage.payment = terms.payment;
            stage.state = StageState.Open;
            emit StageOpened(
                escrowId,
                i,
                terms.agentId,
                terms.requiredSkills,
                terms.maxDuration,
                terms.payment,
                terms.slaRequirements
            );
        }
    }

    function _complete(bytes32 escrowId, Escrow storage escrow, Completion calldata completion)
        private
        returns (bool)
    {
        Stage storage stage = stages[escrowId][completion.stage];
        bytes20 tag = bytes20(keccak256(abi.encode(completion.payee, completion.resultHash)));
        if (stage.state != StageState.Open) {
            if (stage.state != StageState.None && stage.completionTag == tag) return false;
            revert WrongState(completion.stage, stage.state);
        }
        if (block.timestamp > escrow.deadline) revert TooLate(escrow.deadline);
        bool isNamed = stage.payee == address(0) || stage.payee == completion.payee;
        if (completion.payee == address(0) || !isNamed) revert WrongPayee(completion.stage, completion.payee);
        uint64 releaseAt = uint64(block.timestamp) + escrow.disputeWindow;
        stage.payee = completion.payee;
        stage.completionTag = tag;
        emit StageCompleted(escrowId, completion.stage, completion.payee, completion.resultHash, releaseAt);
        if (escrow.disputeWindow == 0) {
            _pay(escrowId, completion.stage, stage);
        } else {
            stage.state = StageState.Completed;
            stage.releaseAt = releaseAt;
        }
        return true;
    }

    function _refundOpen(bytes32 escrowId, Escrow storage escrow) private returns (uint256 refunded) {
        uint256 count = escrow.stageCount;
        address funder = escrow.funder;
        for (uint256 i = 0; i < count; ++i) {
            Stage storage stage = stages[escrowId][i];
            if (stage.state != StageState.Open) continue;
            refunded += stage.payment;
            _refund(escrowId, funder, i, stage);
        }
    }

    function _pay(bytes32 escrowId, uint256 index, Stage storage stage) private {
        stage.state = StageState.Paid;
        _credit(stage.payee, stage.payment);
        emit PaymentReleased(escrowId, index, stage.payee, stage.payment);
    }

    function _refund(bytes32 escrowId, address funder, uint256 index, Stage storage stage) private {
        stage.state = StageState.Refunded;
        _credit(funder, stage.payment);
        emit StageRefunded(escrowId, index, funder, stage.payment);
    }

    function _credit(address account, uint256 amount) private {
        totalLocked -= amount;
        totalOwed += amount;
        owed[account] += amount;
    }

    function _find(bytes32 escrowId) private view returns (Escrow storage escrow) {
        escrow = escrows[escrowId];
        if (escrow.funder == address(0)) revert UnknownEscrow(escrowId);
    }

    function _authorize(address signer, bytes32 said, bytes calldata signature) private view {
        if (msg.sender == signer) return;
        if (!SignatureChecker.isValidSignatureNow(signer, _hashTypedDataV4(said), signature)) {
            revert NotAllowed(msg.sender);
        }
    }
}
