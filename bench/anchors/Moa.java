// MOA's side of a learner: the same examples, learned and predicted by its own classes, microseconds of CPU in the median pass.
//
//   java -cp '<jars>/*' Moa.java <file> <linear|hoeffding-tree>
//
// The file has a line an example: its numbers, then what is true of it, with commas between.

import com.yahoo.labs.samoa.instances.Attribute;
import com.yahoo.labs.samoa.instances.DenseInstance;
import com.yahoo.labs.samoa.instances.Instance;
import com.yahoo.labs.samoa.instances.Instances;
import com.yahoo.labs.samoa.instances.InstancesHeader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import moa.classifiers.AbstractClassifier;
import moa.classifiers.functions.SGD;
import moa.classifiers.trees.HoeffdingTree;
import moa.streams.filters.StandardisationFilter;

public class Moa {
  /** The first ones compile and do not count. */
  private static final int WARM = 15;
  private static final int PASSES = 7;

  public static void main(String[] args) throws Exception {
    boolean linear = args[1].equals("linear");
    List<String[]> rows = Files.readAllLines(Path.of(args[0])).stream().map(line -> line.split(",")).toList();
    List<Instance> examples = read(rows, linear);
    double[] learn = new double[PASSES];
    double[] predict = new double[PASSES];
    double good = 0;
    for (int pass = 0; pass < WARM + PASSES; pass++) {
      // Of the scaler the sums are static: it goes on over all passes, which costs the same.
      UnaryOperator<Instance> scale = linear ? scaler() : UnaryOperator.identity();
      AbstractClassifier model = linear ? regression() : new HoeffdingTree();
      model.setModelContext((InstancesHeader) examples.get(0).dataset());
      model.prepareForUse();
      long start = cpu();
      for (Instance example : examples) model.trainOnInstance(scale.apply(example));
      long between = cpu();
      double sum = 0;
      for (Instance example : examples) sum += score(model.getVotesForInstance(scale.apply(example)), example, linear);
      long end = cpu();
      good = linear ? Math.sqrt(sum / examples.size()) : sum / examples.size();
      if (pass < WARM) continue;
      learn[pass - WARM] = (between - start) / 1e3 / examples.size();
      predict[pass - WARM] = (end - between) / 1e3 / examples.size();
    }
    System.out.printf("{\"learn\":%s,\"predict\":%s,\"score\":%s}%n", median(learn), median(predict), good);
  }

  private static List<Instance> read(List<String[]> rows, boolean numeric) {
    int features = rows.get(0).length - 1;
    List<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < features; i++) attributes.add(new Attribute("f" + i));
    List<String> labels = rows.stream().map(row -> row[features]).distinct().sorted().toList();
    attributes.add(numeric ? new Attribute("y") : new Attribute("y", labels));
    InstancesHeader header = new InstancesHeader(new Instances("examples", attributes, 0));
    header.setClassIndex(features);
    List<Instance> examples = new ArrayList<>();
    for (String[] row : rows) {
      Instance example = new DenseInstance(features + 1);
      example.setDataset(header);
      for (int i = 0; i < features; i++) example.setValue(i, Double.parseDouble(row[i]));
      example.setClassValue(numeric ? Double.parseDouble(row[features]) : labels.indexOf(row[features]));
      examples.add(example);
    }
    return examples;
  }

  private static UnaryOperator<Instance> scaler() {
    StandardisationFilter filter = new StandardisationFilter();
    filter.AlgorithmOption.setChosenIndex(1); // Welford's
    return example -> {
      Instance scaled = filter.filterInstance(example);
      scaled.setClassValue(example.classValue()); // it scales the truth as well
      return scaled;
    };
  }

  private static SGD regression() {
    SGD sgd = new SGD();
    sgd.lossFunctionOption.setChosenIndex(2); // the squared error
    sgd.learningRateOption.setValue(0.01);
    return sgd;
  }

  /** Its squared error, or 1 where the label is right. */
  private static double score(double[] votes, Instance example, boolean linear) {
    if (linear) return Math.pow(votes[0] - example.classValue(), 2);
    int best = 0;
    for (int i = 1; i < votes.length; i++) if (votes[i] > votes[best]) best = i;
    return best == (int) example.classValue() ? 1 : 0;
  }

  /** Nanoseconds of this thread. What Java's compiler and its collector take beside it is left out, in MOA's favour. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
